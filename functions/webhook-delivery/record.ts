import { isoTime } from "../../domain/clock.ts";
import { publishRow } from "../../domain/event/publisher.ts";
import type { Outcome } from "../../domain/webhook/attempt.ts";
import { type Delivery, tryOfRound } from "../../domain/webhook/delivery.ts";
import { deliverCommand, queueDelaySecondsMax } from "../../domain/webhook/delivery-command.ts";
import { keepExcerpt, recordAttempt } from "../../domain/webhook/delivery-store.ts";
import { lostMessageMs } from "../../domain/webhook/due.ts";
import { disableWebhook, hasFailedForGood, noteFailure, noteSuccess } from "../../domain/webhook/health.ts";
import { isGone, type NextStep, nextStep } from "../../domain/webhook/next-step.ts";
import type { DisabledReason, Webhook } from "../../domain/webhook/webhook.ts";
import type { Delivering, Prepared } from "./delivering.ts";

/**
 * Records what came of a try and arranges the next one. The endpoint's state comes first: were it second, a crash in
 * between would forget a 410 for good, while this way round it counts a failure twice at worst.
 */
export async function record(deps: Delivering, prepared: Prepared, outcome: Outcome, startedMs: number): Promise<void> {
  const { delivery, webhook } = prepared;
  const endpointOpen = await noteOutcome(deps, webhook, outcome);
  const nowMs = deps.now();
  const step = nextStep(outcome, { tryOfRound: tryOfRound(delivery), endpointOpen, nowMs }, deps.random);
  const number = delivery.nextAttempt;
  if (outcome.excerpt !== null) await keepExcerpt(deps.db, delivery, number, outcome.excerpt, nowMs);
  const { statusCode, error, latencyMs } = outcome;
  const attempt = { number, at: isoTime(startedMs), statusCode, error, latencyMs };
  const times = { nowMs, lookAtMs: lookAtMs(step, nowMs) };
  const recorded = await recordAttempt(deps.db, delivery, attempt, step, times);
  deps.log.info("webhook attempted", {
    ...fieldsOf(delivery),
    statusCode,
    reason: error,
    latencyMs,
    status: step.status,
    recorded,
  });
  if (recorded) await ring(deps, prepared, step);
}

function fieldsOf(delivery: Delivery) {
  const { tenantId, webhookId, id: deliveryId, eventId, eventType, nextAttempt: attempt } = delivery;
  return { tenantId, webhookId, deliveryId, eventId, eventType, attempt };
}

function isQueued(step: NextStep): step is Extract<NextStep, { status: "pending" }> {
  return step.status === "pending" && step.delayMs <= queueDelaySecondsMax * 1_000;
}

/** A try that a queued message starts is looked at only if that message is lost; a later one when it is due. */
function lookAtMs(step: NextStep, nowMs: number): number {
  if (step.status !== "pending") return nowMs;
  return nowMs + step.delayMs + (isQueued(step) ? lostMessageMs : 0);
}

async function ring(deps: Delivering, prepared: Prepared, step: NextStep): Promise<void> {
  if (!isQueued(step)) return;
  const { delivery } = prepared;
  try {
    await deps.queue.send(deliverCommand({ ...delivery, nextAttempt: delivery.nextAttempt + 1 }), step.delayMs);
  } catch (error) {
    // The try is recorded, and the sweep starts the next one in a while: repeating this one would only delay it more.
    deps.log.warn("next webhook attempt is left to the sweep", { deliveryId: delivery.id, error });
  }
}

/** Notes a success or a failure at the endpoint. Answers whether more may be sent to it. */
async function noteOutcome(deps: Delivering, webhook: Webhook, outcome: Outcome): Promise<boolean> {
  if (outcome.error === null) {
    await noteSuccess(deps.db, webhook);
    return true;
  }
  const nowMs = deps.now();
  const failing = await noteFailure(deps.db, webhook, nowMs);
  if (!failing?.enabled) return false;
  if (isGone(outcome)) return disable(deps, failing, "gone", nowMs);
  if (hasFailedForGood(failing, nowMs)) return disable(deps, failing, "failing", nowMs);
  return true;
}

async function disable(deps: Delivering, webhook: Webhook, reason: DisabledReason, nowMs: number): Promise<false> {
  const row = await disableWebhook(deps.db, webhook, reason, nowMs);
  if (row === undefined) return false;
  const fields = { tenantId: webhook.tenantId, webhookId: webhook.id, reason };
  deps.log.info("webhook disabled", fields);
  try {
    await publishRow(deps.topic, deps.db, row, deps.now);
  } catch (error) {
    deps.log.warn("event is left to the republisher", { ...fields, eventId: row.event.id, error });
  }
  return false;
}
