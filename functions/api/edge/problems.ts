import type middy from "@middy/core";
import type { Log } from "../../../domain/log.ts";
import type { Answer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { problemAnswer } from "../problem.ts";

/** Turns whatever was thrown into problem+json. What is our fault is logged with its cause, and says nothing outside. */
export function problems(log: Log): middy.MiddlewareObj<Exchange, Answer> {
  return {
    onError(request): undefined {
      const { event, error } = request;
      request.response = problemAnswer(error, event.requestId);
      if (request.response.status >= 500) log.error("request failed", { error, ...traceOf(event) });
    },
  };
}

export function traceOf(exchange: Exchange): Record<string, unknown> {
  return {
    requestId: exchange.requestId,
    tenantId: exchange.caller?.tenantId,
    keyId: exchange.caller?.keyId,
    operationId: exchange.matched?.endpoint.route.operationId,
  };
}
