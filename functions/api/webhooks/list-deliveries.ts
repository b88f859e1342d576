import type { Db } from "../../../domain/dynamodb/db.ts";
import { listDeliveries as list } from "../../../domain/webhook/delivery-listing.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

export const listDeliveries = (routes: WebhookRoutes, db: Db<"deliveries">, webhooks: Finder<Webhook>) =>
  endpoint(routes.listDeliveries, async call => {
    const { query, cursors, nowMs } = call;
    return ok(await list(db, webhooks.of(call), { ...query, cursors, nowMs }));
  });
