import { isUtf8 } from "node:buffer";
import type { FieldError } from "../../../domain/error.ts";
import type { Exchange } from "../exchange.ts";
import { BodyTooLarge, UnsupportedMediaType } from "../refusal.ts";
import type { Route } from "../route.ts";
import { fieldErrors } from "./field-errors.ts";

/** Below Lambda's 6 MB for a request, in which the body is JSON-escaped and the headers stand twice. */
const bodyBytesMax = 4 * 1024 * 1024;

export function isTooLarge(exchange: Pick<Exchange, "body">): boolean {
  return exchange.body.length > bodyBytesMax;
}

const inUtf8 = String.raw`\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$`;
const jsonType = new RegExp(`^application/json${inUtf8}`, "i");
const csvType = new RegExp(`^text/csv${inUtf8}`, "i");

interface Body {
  readonly value: unknown;
  readonly faults: readonly FieldError[];
}

/**
 * The body as a value for its schema; undefined where there is none. A body too large or of another media type is
 * refused at once; one that is not JSON is a fault among the others. GET and DELETE have no body, whatever is sent.
 */
export function readBody(exchange: Exchange, { csv }: Pick<Route, "csv">): Body {
  if (!["POST", "PUT", "PATCH"].includes(exchange.method)) return { value: undefined, faults: [] };
  if (isTooLarge(exchange)) throw new BodyTooLarge();
  if (exchange.body.length === 0) return { value: undefined, faults: [] };
  const type = exchange.headers["content-type"] ?? "";
  if (csv !== undefined && csvType.test(type)) return readCsv(exchange.body, csv);
  if (!jsonType.test(type)) throw new UnsupportedMediaType(csv === undefined ? [json] : [json, "text/csv"]);
  return readJson(exchange);
}

const json = "application/json";

function readJson(exchange: Exchange): Body {
  const read = exchange.json();
  if (read.kind === "fault") return { value: undefined, faults: [{ path: "body", message: read.message }] };
  return { value: read.kind === "value" ? read.value : undefined, faults: [] };
}

function readCsv(bytes: Buffer, csv: NonNullable<Route["csv"]>): Body {
  const text = bytes.toString();
  // What is not UTF-8 has been replaced where the gateway made a text of the body: stored, it would spoil people's names.
  if (!isUtf8(bytes) || text.includes("\uFFFD")) {
    return { value: undefined, faults: [{ path: "body", message: "is not CSV in UTF-8" }] };
  }
  const read = csv.safeParse(text);
  if (read.success) return { value: read.data, faults: [] };
  return { value: undefined, faults: fieldErrors("body", read.error.issues) };
}
