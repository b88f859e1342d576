import type { Outcome } from "../../domain/webhook/attempt.ts";
import type { DeliverCommand } from "../../domain/webhook/delivery-command.ts";
import { abandonDelivery, findDelivery } from "../../domain/webhook/delivery-store.ts";
import { DestinationRefused, type DestinationRules, destinationOf } from "../../domain/webhook/destination.ts";
import { readGate } from "../../domain/webhook/gate-store.ts";
import { signatureHeaders } from "../../domain/webhook/signature.ts";
import { signingSecrets } from "../../domain/webhook/signing-secret.ts";
import { findWebhook } from "../../domain/webhook/store.ts";
import { stage } from "../stage.ts";
import type { Delivering, Prepared } from "./delivering.ts";
import { enter, leave } from "./gate.ts";
import { post } from "./post.ts";
import { record } from "./record.ts";

/**
 * One try of one delivery. What fails before or after the try itself is thrown, so that the queue repeats it; what
 * the endpoint does is a result like any other. A crash between the try and its record repeats the try under the same
 * `webhook-id` with the same body, and nothing else.
 */
export async function deliver(deps: Delivering, command: DeliverCommand): Promise<void> {
  const prepared = await stage("prepare", () => prepare(deps, command));
  if (prepared === undefined) return;
  const startedMs = deps.now();
  const outcome = await stage("attempt", () => attempt(deps, prepared, startedMs));
  await stage("record", () =>
    Promise.all([record(deps, prepared, outcome, startedMs), leave(deps, prepared, outcome)]),
  );
}

/**
 * Undefined where there is nothing to do now: the try is made already, nothing is sent to the endpoint any more, or
 * the delivery waits in line for its endpoint.
 */
async function prepare(deps: Delivering, command: DeliverCommand): Promise<Prepared | undefined> {
  const { tenantId, webhookId, deliveryId: id } = command;
  const [delivery, webhook, gate] = await Promise.all([
    findDelivery(deps.db, { tenantId, webhookId, id }),
    findWebhook(deps.db, tenantId, webhookId),
    readGate(deps.db, command),
  ]);
  if (delivery?.status !== "pending" || delivery.nextAttempt !== command.attempt) return undefined;
  // A test is also sent to a disabled endpoint: it is how a customer tries one before enabling it again.
  if (webhook === undefined || !(webhook.enabled || delivery.eventType === "webhook.test")) {
    await abandonDelivery(deps.db, delivery);
    return undefined;
  }
  const secrets = await signingSecrets(deps.box, webhook, deps.now());
  const entered = await enter(deps, delivery, gate, command.fromLine);
  return entered === undefined ? undefined : { delivery, webhook, secrets, entered };
}

async function attempt(deps: Delivering, { delivery, webhook, secrets }: Prepared, nowMs: number): Promise<Outcome> {
  const destination = destinationNow(webhook.url, deps.rules);
  if (destination === undefined) {
    return { statusCode: null, error: "url_refused", latencyMs: 0, excerpt: null, retryAfter: undefined };
  }
  const content = { id: delivery.eventId, timestampSeconds: Math.floor(nowMs / 1_000), body: delivery.body };
  const headers = {
    ...signatureHeaders(content, secrets),
    "content-type": "application/json",
    "user-agent": deps.userAgent,
    accept: "*/*",
  };
  return post(destination, { headers, body: delivery.body }, deps.network);
}

/** The rules may have grown stricter since the endpoint was registered: then the try fails and says so. */
function destinationNow(url: string, rules: DestinationRules) {
  try {
    return destinationOf(url, rules);
  } catch (error) {
    if (error instanceof DestinationRefused) return undefined;
    throw error;
  }
}
