import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

export const getWebhook = (routes: WebhookRoutes, webhooks: Finder<Webhook>) =>
  endpoint(routes.getWebhook, async call => ok(publicWebhook(webhooks.of(call))));
