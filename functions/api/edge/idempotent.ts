import { createHash } from "node:crypto";
import type middy from "@middy/core";
import { DomainError } from "../../../domain/error.ts";
import { type IdempotentRequest, KeptAnswer } from "../../../domain/idempotency/claim.ts";
import type { IdempotencyStore } from "../../../domain/idempotency/store.ts";
import type { Log } from "../../../domain/log.ts";
import type { Answer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import { problemContentType } from "../problem.ts";
import { headerFaults, idempotencyHeader } from "./header-faults.ts";
import { matchedOf } from "./matched-route.ts";
import { type Finders, resolveIds } from "./resolved-ids.ts";

/** A Lambda that is out of time is stopped at once; its key is free a little later, since clocks differ. */
const clockToleranceMs = 2_000;

/** Makes any POST of a tenant that carries an Idempotency-Key run once, and replays its first answer to the rest. */
export function idempotent(
  store: IdempotencyStore | undefined,
  finders: Finders,
  log: Log,
): middy.MiddlewareObj<Exchange, Answer> {
  const settle = async (request: middy.Request<Exchange, Answer>): Promise<void> => {
    const { event, response } = request;
    if (store === undefined || event.claim === undefined || !response) return;
    try {
      if (isKept(response.status)) await store.keep(event.claim, keptAnswer(response));
      else await store.free(event.claim);
    } catch (error) {
      // What was done is done: the answer stands. The key's lease ends by itself, and the next run finds what stands.
      log.error("idempotency key not settled", { error, requestId: event.requestId });
    }
  };
  return {
    async before({ event }): Promise<Answer | undefined> {
      const key = event.headers[idempotencyHeader.toLowerCase()];
      // With a bad header the request ends in an error that correcting the header must be able to mend.
      if (store === undefined || key === undefined || !isClaimed(event) || headerFaults(event).length > 0) return;
      const request = requestOf(event, key);
      const claim = await store.claim(request, event.receivedAtMs, event.endsAtMs + clockToleranceMs);
      if (claim.outcome === "replay") return replayed(claim.answer);
      if (claim.outcome === "first") {
        event.claim = claim;
        return;
      }
      // An unknown id is a 404 before anything else is held against a request.
      await resolveIds(event, finders);
      throw claim.outcome === "reused" ? new IdempotencyKeyReused() : new IdempotencyInProgress();
    },
    after: settle,
    onError: settle,
  };
}

class IdempotencyKeyReused extends DomainError {
  override readonly name = "IdempotencyKeyReused";
  constructor() {
    super("idempotency_key_reused", "This Idempotency-Key was used with another body within the last 24 hours.");
  }
}

class IdempotencyInProgress extends DomainError {
  override readonly name = "IdempotencyInProgress";
  constructor() {
    super("idempotency_in_progress", "The first request with this Idempotency-Key has not been answered yet.");
  }
}

function isClaimed(exchange: Exchange): boolean {
  const { route } = matchedOf(exchange).endpoint;
  return route.method === "POST" && route.access === "tenant";
}

function requestOf(exchange: Exchange, key: string): IdempotentRequest {
  const { endpoint, params } = matchedOf(exchange);
  const route = JSON.stringify([endpoint.route.operationId, ...Object.values(params)]);
  const bodyHash = createHash("sha256").update(exchange.body).digest("base64url");
  return { tenantId: exchange.caller?.tenantId ?? "", route, key, bodyHash };
}

function isKept(status: number): boolean {
  return (status >= 200 && status < 300) || status === 400 || status === 422;
}

function keptAnswer({ status, body }: Answer): KeptAnswer {
  return KeptAnswer.parse({ status, ...(body === undefined ? {} : { body }) });
}

function replayed({ status, body }: KeptAnswer): Answer {
  const type: Record<string, string> = status >= 400 ? { "Content-Type": problemContentType } : {};
  return { status, headers: { ...type, "Idempotent-Replayed": "true" }, body };
}
