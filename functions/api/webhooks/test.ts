import type { Now } from "../../../domain/clock.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { transact } from "../../../domain/dynamodb/transaction.ts";
import { confirmPublished, type EventRow, eventRow, putEventRow } from "../../../domain/event/log.ts";
import type { EventTopic } from "../../../domain/event/publisher.ts";
import type { Log } from "../../../domain/log.ts";
import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { webhookEvent } from "../../../domain/webhook/webhook-event.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

export interface Testing {
  readonly db: Db<"events">;
  readonly topic: EventTopic;
  readonly now: Now;
  readonly log: Log;
}

export const testWebhook = (routes: WebhookRoutes, deps: Testing, webhooks: Finder<Webhook>) =>
  endpoint(routes.testWebhook, async call => {
    const webhook = webhooks.of(call);
    const event = webhookEvent(webhook, "webhook.test", call.newId("evt"), call.nowMs);
    const row = eventRow(event, deps.now());
    await transact(deps.db, [putEventRow(deps.db, row)]);
    await publish(deps, row, webhook);
    return accepted(publicWebhook(webhook));
  });

async function publish({ db, topic, now, log }: Testing, row: EventRow, webhook: Webhook): Promise<void> {
  try {
    await topic.publish({ event: row.event, onlyWebhookId: webhook.id });
    await confirmPublished(db, row, now);
  } catch (error) {
    log.warn("event is left to the republisher", { tenantId: webhook.tenantId, eventId: row.event.id, error });
  }
}
