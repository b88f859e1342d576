import * as z from "zod";
import { type FieldError, ValidationFailed } from "../../../domain/error.ts";
import type { Cursors } from "../../../domain/page.ts";
import type { Exchange } from "../exchange.ts";
import type { Route } from "../route.ts";
import { readBody } from "./body.ts";
import { fieldErrors } from "./field-errors.ts";
import { headerFaults } from "./header-faults.ts";
import { matchedOf } from "./matched-route.ts";

/** More would not help anyone, and an answer has a largest size. */
const faultsMax = 1_000;

/** Reads all of a request by its route's schemas, or throws every fault there is at once. */
export function validated<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  exchange: Exchange,
  route: Pick<Route<P, Q, B>, "params" | "query" | "body" | "csv">,
  cursors: Cursors | undefined,
): { params: z.output<P>; query: z.output<Q>; body: z.output<B> } {
  const { value, faults: bodyFaults } = readBody(exchange, route);
  const params = z.safeParse(route.params, matchedOf(exchange).params);
  const query = z.safeParse(route.query, exchange.query);
  const body = z.safeParse(route.body, value);
  const faults = [
    ...headerFaults(exchange),
    ...(params.success ? [] : fieldErrors("params", params.error.issues)),
    ...(query.success ? [] : fieldErrors("query", query.error.issues)),
    ...(cursors === undefined ? [] : cursorFaults(exchange.query.cursor, cursors)),
    ...(body.success || bodyFaults.length > 0 ? bodyFaults : fieldErrors("body", body.error.issues)),
  ];
  if (faults.length > 0 || !params.success || !query.success || !body.success) {
    throw new ValidationFailed(faults.slice(0, faultsMax));
  }
  return { params: params.data, query: query.data, body: body.data };
}

/** Opened here, so that a forged cursor stands among the other faults; what a schema says of it already is enough. */
function cursorFaults(cursor: string | string[] | undefined, cursors: Cursors): readonly FieldError[] {
  if (typeof cursor !== "string" || cursor === "") return [];
  try {
    cursors.open(cursor);
    return [];
  } catch (error) {
    if (error instanceof ValidationFailed) return error.fields;
    throw error;
  }
}
