import * as z from "zod";
import { type EventType, eventTypes, type WasaasEvent } from "../event/event.ts";
import { idOf } from "../id.ts";

const groupPatterns = [...new Set(eventTypes.map(type => `${type.slice(0, type.indexOf("."))}.*`))];

/** What an endpoint asks for: one type, a group of them (`message.*`), or all (`*`). */
export const EventPattern = z.enum(["*", ...groupPatterns, ...eventTypes]).meta({
  id: "EventPattern",
  description: "An event type, a group of them such as message.*, or * for all.",
});
export type EventPattern = z.infer<typeof EventPattern>;

/** Why nothing is sent to an endpoint: asked for by the customer, it answered 410, or it failed for five days. */
export const DisabledReason = z.enum(["requested", "gone", "failing"]).meta({ id: "WebhookDisabledReason" });
export type DisabledReason = z.infer<typeof DisabledReason>;

const SealedSecret = z.custom<Uint8Array>(value => value instanceof Uint8Array);

/** An endpoint as it is stored. `failures` counts those since `failingSince`; a success clears both. */
export const Webhook = z.object({
  id: idOf("whk"),
  tenantId: idOf("ten"),
  url: z.string(),
  events: z.array(EventPattern),
  sessionIds: z.array(idOf("ses")).nullable(),
  description: z.string().nullable(),
  enabled: z.boolean(),
  disabledReason: DisabledReason.nullable(),
  failingSince: z.iso.datetime().nullable().default(null),
  failures: z.int().min(0),
  secret: SealedSecret,
  /** The secrets before it, newest first, each of which signs too until its time: two unless rotated in haste. */
  previousSecrets: z.array(z.object({ secret: SealedSecret, until: z.iso.datetime() })),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Webhook = z.infer<typeof Webhook>;
export type WebhookRef = Pick<Webhook, "id" | "tenantId">;

const WebhookStatus = z.enum(["enabled", "failing", "disabled"]).meta({ id: "WebhookStatus" });
type WebhookStatus = z.infer<typeof WebhookStatus>;

/** An endpoint as customers see it. */
export const PublicWebhook = Webhook.pick({
  id: true,
  url: true,
  events: true,
  sessionIds: true,
  description: true,
  enabled: true,
  failingSince: true,
  disabledReason: true,
  createdAt: true,
  updatedAt: true,
})
  .extend({ status: WebhookStatus })
  .meta({ id: "Webhook" });
export type PublicWebhook = z.infer<typeof PublicWebhook>;

export function publicWebhook(webhook: Webhook): PublicWebhook {
  return PublicWebhook.parse({ ...webhook, status: statusOf(webhook) });
}

/** `failing` from the first failure after a success on, so that trouble shows before events are lost. */
function statusOf(webhook: Webhook): WebhookStatus {
  if (!webhook.enabled) return "disabled";
  return webhook.failingSince === null ? "enabled" : "failing";
}

/** Whether an event is one that the endpoint asked for: by its patterns, and by its sessions where it names any. */
export function wants(webhook: Pick<Webhook, "events" | "sessionIds">, event: WasaasEvent): boolean {
  if (!webhook.events.some(pattern => covers(pattern, event.type))) return false;
  if (webhook.sessionIds === null) return true;
  return event.sessionId !== null && webhook.sessionIds.includes(event.sessionId);
}

/** Whether a pattern covers a type: `message.*` covers `message.sent`, `*` covers everything. */
export function covers(pattern: EventPattern, type: EventType): boolean {
  if (pattern === "*" || pattern === type) return true;
  return pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1));
}
