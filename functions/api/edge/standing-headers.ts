import type middy from "@middy/core";
import type { Answer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { apiVersion, versionHeader } from "./version.ts";

/** Read by a console on another origin: a browser shows a script only the headers named here. */
const exposed = [
  versionHeader,
  "X-Request-Id",
  "X-RateLimit-Limit",
  "X-RateLimit-Remaining",
  "X-RateLimit-Reset",
  "Retry-After",
  "Idempotent-Replayed",
  "Allow",
  "Location",
].join(", ");

/** Puts the headers on that every answer carries, errors and unknown routes included. */
export function commonHeaders(): middy.MiddlewareObj<Exchange, Answer> {
  const dress = (request: middy.Request<Exchange, Answer>): void => {
    const { event, response } = request;
    if (response) request.response = { ...response, headers: { ...commonTo(event), ...response.headers } };
  };
  return { after: dress, onError: dress };
}

function commonTo(exchange: Exchange): Record<string, string> {
  return {
    [versionHeader]: apiVersion,
    "X-Request-Id": exchange.requestId,
    "X-RateLimit-Limit": String(exchange.limits.limit),
    "X-RateLimit-Remaining": String(exchange.limits.remaining),
    "X-RateLimit-Reset": String(exchange.limits.resetAtSeconds),
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": exposed,
    "Cache-Control": "no-store",
  };
}
