import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { type Changing, change } from "./change.ts";
import type { WebhookRoutes } from "./routes.ts";

export const updateWebhook = (routes: WebhookRoutes, deps: Changing, webhooks: Finder<Webhook>) =>
  endpoint(routes.updateWebhook, async call =>
    ok(publicWebhook(await change(deps, webhooks.of(call), call.body, call.nowMs))),
  );
