import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import type * as z from "zod";
import type { Now } from "../../domain/clock.ts";
import type { IdempotencyStore } from "../../domain/idempotency/store.ts";
import type { Log } from "../../domain/log.ts";
import type { Answer, Answers, Reply } from "./answer.ts";
import { type Call, callOf, cursorsOf } from "./call.ts";
import { idempotent } from "./edge/idempotent.ts";
import { matchedOf, matchedRoute } from "./edge/matched-route.ts";
import { preflight } from "./edge/preflight.ts";
import { problems, traceOf } from "./edge/problems.ts";
import { type CountRequest, rateLimited } from "./edge/rate-limited.ts";
import { type Finders, resolvedIds } from "./edge/resolved-ids.ts";
import { commonHeaders } from "./edge/standing-headers.ts";
import { validated } from "./edge/validated.ts";
import { type Endpoint, type Exchange, exchangeOf } from "./exchange.ts";
import type { Route } from "./route.ts";

/** Binds a row of the table to its action. The request is read by its schemas, and so is the answer. */
export function endpoint<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends Answers>(
  route: Route<P, Q, B, A>,
  action: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Reply<A>>,
): Endpoint {
  return {
    route,
    async run(exchange) {
      const cursors = cursorsOf(exchange);
      const reply = await action(callOf(exchange, cursors, validated(exchange, route, cursors)));
      const body = route.answers[reply.status]?.parse(reply.body);
      const type: Record<string, string> = body === undefined ? {} : { "Content-Type": contentTypeOf(route) };
      return { status: reply.status, headers: { ...type, ...reply.headers }, body };
    },
  };
}

export interface Resource<R extends Readonly<Record<string, Route>>> {
  readonly routes: R;
  /** One endpoint for each row: a row that nobody wired does not compile. */
  readonly endpoints: { readonly [K in keyof R]: Endpoint };
  readonly finders: Finders;
  readonly now: Now;
  readonly log: Log;
  /** Absent where no tenant ever asks (operators' routes). */
  readonly countRequest?: CountRequest;
  /** Absent where no tenant posts. */
  readonly idempotency?: IdempotencyStore;
}

export type GatewayHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** Time kept back to answer in when Lambda is about to stop an invocation. */
const reservedMs = 250;

/**
 * The Lambda handler of a resource: the middy stack, written once. Outermost first: the common headers, errors as
 * problem+json, the rate limit; then the preflight, the router, idempotency, errors again (so that the idempotency
 * keys see the answer they make), the ids; then the endpoint validates and acts.
 */
export function serve<R extends Readonly<Record<string, Route>>>(resource: Resource<R>): GatewayHandler {
  const { log, finders, now } = resource;
  const endpoints = Object.values<Endpoint>(resource.endpoints);
  refuseGaps(endpoints, resource);
  const count = resource.countRequest ?? (() => Promise.resolve(0));
  const routed = middy<Exchange, Answer>((exchange: Exchange) => matchedOf(exchange).endpoint.run(exchange), {
    timeoutEarlyInMillis: 0,
  })
    .use(preflight())
    .use(matchedRoute(endpoints))
    .use(idempotent(resource.idempotency, finders, log))
    .use(problems(log))
    .use(resolvedIds(finders));
  const answered = middy<Exchange, Answer>((exchange: Exchange, context: Context) => routed(exchange, context), {
    timeoutEarlyInMillis: reservedMs,
  })
    .use(commonHeaders())
    .use(problems(log))
    .use(rateLimited(count));
  return async (event, context) => {
    const exchange = exchangeOf(event, context, now());
    const answer = await answered(exchange, context);
    const latencyMs = now() - exchange.receivedAtMs;
    log.debug("request answered", { ...traceOf(exchange), method: exchange.method, status: answer.status, latencyMs });
    return proxyResult(exchange, answer);
  };
}

function proxyResult(exchange: Exchange, { status, headers, body }: Answer): APIGatewayProxyResult {
  const type: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json; charset=utf-8" };
  const text = body === undefined || exchange.method === "HEAD" ? "" : textOf(body);
  return { statusCode: status, headers: { ...type, ...headers }, body: text };
}

function contentTypeOf({ produces }: Pick<Route, "produces">): string {
  return `${produces}; charset=utf-8`;
}

const textOf = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

/** A table that names an id nobody finds, or a POST that nobody remembers, is a mistake of ours: say so at start. */
function refuseGaps(endpoints: readonly Endpoint[], resource: Pick<Resource<never>, "finders" | "idempotency">): void {
  for (const { route } of endpoints) {
    const lost = route.ids.find(({ kind }) => resource.finders[kind] === undefined);
    if (lost) throw new Error(`${route.operationId}: there is no finder of ${lost.kind}`);
    const forgets = route.method === "POST" && route.access === "tenant" && resource.idempotency === undefined;
    if (forgets) throw new Error(`${route.operationId}: a POST needs an idempotency store`);
  }
}
