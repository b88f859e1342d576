import type { Db } from "../../../domain/dynamodb/db.ts";
import { NotFound } from "../../../domain/error.ts";
import type { Delivery } from "../../../domain/webhook/delivery.ts";
import { type DeliveryQueue, deliverCommand } from "../../../domain/webhook/delivery-command.ts";
import { withExcerpts } from "../../../domain/webhook/delivery-listing.ts";
import { reopenDelivery } from "../../../domain/webhook/delivery-store.ts";
import { lostMessageMs } from "../../../domain/webhook/due.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { WebhookDisabled } from "../../../domain/webhook/webhook-disabled.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

export interface Redelivering {
  readonly db: Db<"deliveries">;
  readonly queue: DeliveryQueue;
  readonly webhooks: Finder<Webhook>;
  readonly deliveries: Finder<Delivery>;
}

export const redeliver = (routes: WebhookRoutes, { db, queue, webhooks, deliveries }: Redelivering) =>
  endpoint(routes.redeliver, async call => {
    const { nowMs } = call;
    const webhook = webhooks.of(call);
    if (!webhook.enabled) throw new WebhookDisabled();
    const times = { nowMs, lookAtMs: nowMs + lostMessageMs };
    const reopened = await reopenDelivery(db, deliveries.of(call), times, null);
    if (reopened === undefined) throw new NotFound();
    await queue.send(deliverCommand(reopened));
    const [shown] = await withExcerpts(db, webhook, [reopened], nowMs);
    if (shown === undefined) throw new NotFound();
    return accepted(shown);
  });
