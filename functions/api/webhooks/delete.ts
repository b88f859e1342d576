import type { Db } from "../../../domain/dynamodb/db.ts";
import { NotFound } from "../../../domain/error.ts";
import { deleteWebhook as remove } from "../../../domain/webhook/store.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { noContent } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

export const deleteWebhook = (routes: WebhookRoutes, db: Db<"webhooks">, webhooks: Finder<Webhook>) =>
  endpoint(routes.deleteWebhook, async call => {
    if (!(await remove(db, webhooks.of(call)))) throw new NotFound();
    return noContent();
  });
