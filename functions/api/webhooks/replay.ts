import { isoTime } from "../../../domain/clock.ts";
import { eventRetentionDays } from "../../../domain/event/log.ts";
import type { DeliveryQueue } from "../../../domain/webhook/delivery-command.ts";
import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { WebhookDisabled } from "../../../domain/webhook/webhook-disabled.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

const logMs = eventRetentionDays * 86_400_000;

export const replayWebhook = (routes: WebhookRoutes, queue: DeliveryQueue, webhooks: Finder<Webhook>) =>
  endpoint(routes.replayWebhook, async call => {
    const webhook = webhooks.of(call);
    if (!webhook.enabled) throw new WebhookDisabled();
    const { since, until, types = null } = call.body;
    await queue.send({
      type: "webhook.replay",
      tenantId: webhook.tenantId,
      webhookId: webhook.id,
      replayId: call.newId("dlv", "replay"),
      since: isoTime(Math.max(Date.parse(since), call.nowMs - logMs)),
      until: until === undefined ? isoTime(call.nowMs) : isoTime(Math.min(Date.parse(until), call.nowMs)),
      types,
      cursor: null,
    });
    return accepted(publicWebhook(webhook));
  });
