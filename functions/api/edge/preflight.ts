import type middy from "@middy/core";
import type { Answer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";

const allowed = {
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-API-Version",
  "Access-Control-Max-Age": "86400",
};

/** Answers a browser's question whether it may ask. It carries no key, so it is neither authorised nor counted. */
export function preflight(): middy.MiddlewareObj<Exchange, Answer> {
  return {
    before({ event }): Answer | undefined {
      return event.method === "OPTIONS" ? { status: 204, headers: allowed, body: undefined } : undefined;
    },
  };
}
