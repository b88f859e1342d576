import type { Db } from "../../../domain/dynamodb/db.ts";
import { NotFound } from "../../../domain/error.ts";
import { changeWebhook } from "../../../domain/webhook/store.ts";
import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

export const updateWebhook = (routes: WebhookRoutes, db: Db<"webhooks">, webhooks: Finder<Webhook>) =>
  endpoint(routes.updateWebhook, async call => {
    const changed = await changeWebhook(db, webhooks.of(call), call.body, call.nowMs);
    if (changed === undefined) throw new NotFound();
    return ok(publicWebhook(changed));
  });
