import * as z from "zod";
import type { ErrorCode } from "../../domain/error.ts";
import type { Answers } from "./answer.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `tenant` needs an API key, `public` nothing, `operator` a signature that the gateway checks (IAM). */
type Access = "tenant" | "public" | "operator";

/**
 * Ids that must exist before anything else of the request is looked at. `kind` names the resource's finder, `at` says
 * where the ids stand: `params.sessionId`, `query.sessionId`, `body.sessionId`, `body.template.id`, or `body.sessionIds[]` for a list, each
 * of whose elements is found by itself. A finder of a thing inside another thing takes several places at once. Where
 * one of them is missing or no string, that is a matter for the schemas.
 */
export interface IdsOf {
  readonly kind: string;
  readonly at: readonly string[];
}

/** One row of the table of endpoints: pure data and schemas, so that CDK, OpenAPI and clients can read it. */
export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends Answers = Answers,
> {
  readonly method: Method;
  /** As under `/api`; `/api/v1` is an alias that the router knows. `:name` is a path parameter. */
  readonly path: `/${string}`;
  /** The folder below functions/api (or `admin`) whose Lambda answers. */
  readonly resource: string;
  readonly operationId: string;
  readonly summary: string;
  readonly access: Access;
  readonly ids: readonly IdsOf[];
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Reads a body of text/csv as what `body` takes; undefined where only JSON is taken. */
  readonly csv: z.ZodType<unknown, string> | undefined;
  readonly answers: A;
  /** The media type of its answers, errors apart; always in UTF-8. */
  readonly produces: string;
  /** Errors of its own, beside those that any endpoint may answer. */
  readonly errors: readonly ErrorCode[];
  /** Whether customers are told of it. What a page of ours loads is nobody's contract. */
  readonly documented: boolean;
}

const nothing = z.strictObject({});
/** The body of a route that takes none. */
export const noBody = z.strictObject({}).optional();

type RouteRow<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends Answers> = Pick<
  Route,
  "method" | "path" | "resource" | "operationId" | "summary"
> & {
  access?: Access;
  ids?: readonly IdsOf[];
  params?: P;
  query?: Q;
  body?: B;
  csv?: z.ZodType<unknown, string>;
  answers: A;
  produces?: string;
  errors?: readonly ErrorCode[];
  documented?: boolean;
};

/** Writes a row of the table; what it does not say is empty, and a tenant's key is needed. */
export function route<
  A extends Answers,
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof noBody,
>(row: RouteRow<P, Q, B, A>): Route<P, Q, B, A>;
export function route(row: RouteRow<z.ZodType, z.ZodType, z.ZodType, Answers>): Route {
  const unsaid = {
    params: nothing,
    query: nothing,
    body: noBody,
    csv: undefined,
    produces: "application/json",
    errors: [],
  };
  return { access: "tenant", ids: [], documented: true, ...unsaid, ...row };
}

/** The schema of a list's answer. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}

/** The schema of an answer without a body. */
export const noAnswerBody = z.undefined();
