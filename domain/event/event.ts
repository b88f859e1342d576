import * as z from "zod";
import { idOf } from "../id.ts";

export const eventTypes = [
  "session.status",
  "session.qr",
  "session.pairing_code",
  "session.passkey_required",
  "session.connected",
  "session.disconnected",
  "session.restricted",
  "session.deleted",
  "message.received",
  "message.sent_from_phone",
  "message.queued",
  "message.sent",
  "message.delivered",
  "message.read",
  "message.failed",
  "message.reaction",
  "message.edited",
  "message.deleted",
  "message.poll_vote",
  "message.undecryptable",
  "contact.created",
  "contact.updated",
  "contact.deleted",
  "contact.opted_out",
  "contact.imported",
  "campaign.started",
  "campaign.paused",
  "campaign.completed",
  "campaign.cancelled",
  "group.updated",
  "call.received",
  "webhook.test",
  "webhook.disabled",
] as const;

export const EventType = z.enum(eventTypes).meta({ id: "EventType" });
export type EventType = z.infer<typeof EventType>;

/**
 * An event as customers get it, by webhook and by `GET /api/events`. `sequence` rises within a session; `metadata`
 * is the session's own. An event that belongs to no session has `sessionId: null` and `sequence: 0`.
 */
export const WasaasEvent = z
  .object({
    id: idOf("evt"),
    type: EventType,
    createdAt: z.iso.datetime(),
    tenantId: idOf("ten"),
    sessionId: idOf("ses").nullable(),
    sequence: z.int().min(0),
    metadata: z.record(z.string(), z.json()),
    data: z.record(z.string(), z.json()),
  })
  .meta({ id: "Event" });
export type WasaasEvent = z.infer<typeof WasaasEvent>;

/** An event on its way through the topic. `onlyWebhookId` narrows a test or a replay to one endpoint. */
export const PublishedEvent = z.object({ event: WasaasEvent, onlyWebhookId: idOf("whk").optional() });
export type PublishedEvent = z.infer<typeof PublishedEvent>;
