import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import type { FirstClaim } from "../../domain/idempotency/claim.ts";
import { noLimits, type RateLimits } from "../../domain/rate-limit/window.ts";
import type { Answer } from "./answer.ts";
import { type Caller, callerOf } from "./caller.ts";
import { type JsonBody, jsonBody } from "./edge/json-body.ts";
import type { Route } from "./route.ts";

/** A route with what answers it: validates the request by the route's schemas, acts, and answers by them. */
export interface Endpoint {
  readonly route: Route;
  run(exchange: Exchange): Promise<Answer>;
}

/** The endpoint a request is for, and the ids its path carries. */
export interface Matched {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

/** One request on its way through the edge: what came in, and what each step found out about it. */
export interface Exchange {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** A parameter given more than once is a list, which no schema takes. */
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  /** The body read as JSON, whatever its content type says; read once, when first asked for. */
  readonly json: () => JsonBody;
  readonly caller: Caller | undefined;
  readonly receivedAtMs: number;
  /** When Lambda stops this invocation. */
  readonly endsAtMs: number;
  limits: RateLimits;
  matched: Matched | undefined;
  claim: FirstClaim | undefined;
}

/** Reads an API Gateway (REST, v1) proxy event. */
export function exchangeOf(event: APIGatewayProxyEvent, context: Context, nowMs: number): Exchange {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  let json: JsonBody | undefined;
  return {
    requestId: event.requestContext.requestId,
    method: event.httpMethod.toUpperCase(),
    path: event.path,
    headers: headersOf(event),
    query: queryOf(event),
    body,
    json: () => {
      json ??= jsonBody(body);
      return json;
    },
    caller: callerOf(event.requestContext.authorizer),
    receivedAtMs: nowMs,
    endsAtMs: nowMs + context.getRemainingTimeInMillis(),
    limits: noLimits,
    matched: undefined,
    claim: undefined,
  };
}

function headersOf(event: APIGatewayProxyEvent): Exchange["headers"] {
  return Object.fromEntries(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function queryOf(event: APIGatewayProxyEvent): Exchange["query"] {
  const given = Object.entries(event.multiValueQueryStringParameters ?? {});
  return Object.fromEntries(
    given.flatMap(([name, values]) => {
      const [only, ...more] = values ?? [];
      return only === undefined ? [] : [[name, more.length === 0 ? only : [only, ...more]]];
    }),
  );
}
