import type middy from "@middy/core";
import { limitsAfter, secondsToNextWindow } from "../../../domain/rate-limit/window.ts";
import type { Answer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { RateLimited } from "../refusal.ts";

/** Counts one request of a tenant at a time, and answers how many that makes in the minute. */
export type CountRequest = (tenantId: string, nowMs: number) => Promise<number>;

/** Counts every request with a valid key, whatever becomes of it, and refuses the one past the limit. */
export function rateLimited(count: CountRequest): middy.MiddlewareObj<Exchange, Answer> {
  return {
    async before({ event }): Promise<undefined> {
      const { caller, receivedAtMs } = event;
      if (caller === undefined || event.method === "OPTIONS") return;
      // Until the count is known nothing remains: if counting fails, its answer must not promise more.
      event.limits = limitsAfter(caller.rateLimit, caller.rateLimit, receivedAtMs);
      const nth = await count(caller.tenantId, receivedAtMs);
      event.limits = limitsAfter(nth, caller.rateLimit, receivedAtMs);
      if (nth > caller.rateLimit) throw new RateLimited(caller.rateLimit, secondsToNextWindow(receivedAtMs));
    },
  };
}
