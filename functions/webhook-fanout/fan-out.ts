import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { PublishedEvent, WasaasEvent } from "../../domain/event/event.ts";
import { isUntried, newDelivery } from "../../domain/webhook/delivery.ts";
import { type DeliveryQueue, deliverCommand } from "../../domain/webhook/delivery-command.ts";
import { createDelivery, findDelivery } from "../../domain/webhook/delivery-store.ts";
import { lostMessageMs } from "../../domain/webhook/due.ts";
import { findWebhook, webhooksOf } from "../../domain/webhook/store.ts";
import { type Webhook, wants } from "../../domain/webhook/webhook.ts";
import { onlyReceiverOf } from "../../domain/webhook/webhook-event.ts";
import { stage } from "../stage.ts";

export interface FanOut {
  readonly db: Db<"webhooks" | "deliveries">;
  readonly queue: DeliveryQueue;
  readonly now: Now;
}

/** Makes one delivery of an event for each endpoint that wants it. Doing it again makes no second one. */
export async function fanOut(deps: FanOut, published: PublishedEvent): Promise<number> {
  const receivers = await stage("prepare", () => receiversOf(deps.db, published));
  await stage("record", () => Promise.all(receivers.map(webhook => begin(deps, webhook, published.event))));
  return receivers.length;
}

async function receiversOf(db: FanOut["db"], published: PublishedEvent): Promise<Webhook[]> {
  const { event } = published;
  const only = onlyReceiverOf(published);
  if (only !== undefined) {
    const webhook = await findWebhook(db, event.tenantId, only);
    // A test goes out whatever the endpoint's settings: it is how a customer tries one before enabling it again.
    return webhook === undefined || !(webhook.enabled || event.type === "webhook.test") ? [] : [webhook];
  }
  const receivers: Webhook[] = [];
  for await (const webhook of webhooksOf(db, event.tenantId)) {
    if (webhook.enabled && wants(webhook, event)) receivers.push(webhook);
  }
  return receivers;
}

async function begin({ db, queue, now }: FanOut, webhook: Webhook, event: WasaasEvent): Promise<void> {
  const nowMs = now();
  const delivery = newDelivery(webhook, event, nowMs);
  const isNew = await createDelivery(db, delivery, { nowMs, lookAtMs: nowMs + lostMessageMs });
  if (isNew) return queue.send(deliverCommand(delivery));
  // A crash between row and message left a row that nothing has come of: its message is sent now.
  const held = await findDelivery(db, delivery);
  if (held !== undefined && isUntried(held)) await queue.send(deliverCommand(held));
}
