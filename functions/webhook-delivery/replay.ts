import type { WasaasEvent } from "../../domain/event/event.ts";
import { listEvents } from "../../domain/event/listing.ts";
import { listingDelayMs } from "../../domain/event/log.ts";
import type { Cursors } from "../../domain/page.ts";
import { isUntried, newDelivery } from "../../domain/webhook/delivery.ts";
import { deliverCommand, type ReplayCommand } from "../../domain/webhook/delivery-command.ts";
import { createDelivery, findDelivery, reopenDelivery } from "../../domain/webhook/delivery-store.ts";
import { lostMessageMs } from "../../domain/webhook/due.ts";
import { findWebhook } from "../../domain/webhook/store.ts";
import { type Webhook, wants } from "../../domain/webhook/webhook.ts";
import { stage } from "../stage.ts";
import type { Delivering } from "./delivering.ts";

const eventsOfStep = 50;

/** The place in the log as it is: this cursor goes through our own queue, never to a customer. */
const plainCursors: Cursors = {
  seal: position => position.after ?? "",
  open: after => ({ after }),
};

/**
 * One step of a replay: sends a few of the log's events again, then queues the step after it. Repeating a step sends
 * nothing twice.
 */
export async function replay(deps: Delivering, command: ReplayCommand): Promise<void> {
  const webhook = await stage("prepare", () => findWebhook(deps.db, command.tenantId, command.webhookId));
  if (!webhook?.enabled) return;
  const nowMs = deps.now();
  const page = await stage("prepare", () => eventsFrom(deps, command, nowMs));
  const events = page.data.filter(event => isAskedFor(webhook, command, event));
  await stage("record", () => Promise.all(events.map(event => sendAgain(deps, webhook, event, command.replayId))));
  if (page.nextCursor !== null) return deps.queue.send({ ...command, cursor: page.nextCursor });
  // The log holds its last seconds back from readers: what was written just before the replay was asked for comes then.
  const restMs = Date.parse(command.until) + listingDelayMs - nowMs;
  if (restMs > 0) await deps.queue.send(command, restMs);
}

function eventsFrom({ db }: Delivering, command: ReplayCommand, nowMs: number) {
  const start = String(Date.parse(command.since)).padStart(14, "0");
  return listEvents(db, command.tenantId, {
    limit: eventsOfStep,
    cursor: command.cursor ?? start,
    cursors: plainCursors,
    // The listing ends as long before this as events are held back from readers.
    nowMs: Math.min(nowMs, Date.parse(command.until) + listingDelayMs),
  });
}

function isAskedFor(webhook: Webhook, command: ReplayCommand, event: WasaasEvent): boolean {
  const isForIt = event.type === "webhook.test" ? event.data.id === webhook.id : wants(webhook, event);
  return isForIt && (command.types === null || command.types.includes(event.type));
}

async function sendAgain({ db, queue, now }: Delivering, webhook: Webhook, event: WasaasEvent, replayId: string) {
  const nowMs = now();
  const times = { nowMs, lookAtMs: nowMs + lostMessageMs };
  const fresh = { ...newDelivery(webhook, event, nowMs), replayId };
  const reopened = await reopenDelivery(db, fresh, times, replayId);
  if (reopened !== undefined) return queue.send(deliverCommand(reopened));
  if (await createDelivery(db, fresh, times)) return queue.send(deliverCommand(fresh));
  // A crash after the row was written, or a lost answer, left one that nothing has come of: its message is sent now.
  const held = await findDelivery(db, fresh);
  if (held?.replayId === replayId && isUntried(held)) await queue.send(deliverCommand(held));
}
