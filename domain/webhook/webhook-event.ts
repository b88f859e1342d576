import { isoTime } from "../clock.ts";
import type { PublishedEvent, WasaasEvent } from "../event/event.ts";
import { derivedId, idOf } from "../id.ts";
import { publicWebhook, type Webhook } from "./webhook.ts";

/** An event about an endpoint: it belongs to no session, and its `data` is the endpoint as the API gives it. */
export function webhookEvent(
  webhook: Webhook,
  type: "webhook.test" | "webhook.disabled",
  cause: string,
  nowMs: number,
): WasaasEvent {
  return {
    id: derivedId("evt", [webhook.tenantId, webhook.id, type, cause]),
    type,
    createdAt: isoTime(nowMs),
    tenantId: webhook.tenantId,
    sessionId: null,
    sequence: 0,
    metadata: {},
    data: publicWebhook(webhook),
  };
}

const WebhookId = idOf("whk");

/**
 * The one endpoint that an event is for, or undefined where it is for all that want it. A test says so by itself, so
 * that it still reaches nobody else when a sweep publishes it again.
 */
export function onlyReceiverOf(published: PublishedEvent): string | undefined {
  if (published.event.type === "webhook.test") return WebhookId.parse(published.event.data.id);
  return published.onlyWebhookId;
}
