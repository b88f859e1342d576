import type { WasaasEvent } from "../../../domain/event/event.ts";
import type { Message, MessageWithTimeline } from "../../../domain/message/message.ts";
import type { PublicSession } from "../../../domain/session/public-session.ts";
import type { PublicDelivery } from "../../../domain/webhook/delivery.ts";
import type { PublicWebhook } from "../../../domain/webhook/webhook.ts";
import { exampleId } from "./plain-schemas.ts";

const person = { id: "5511999999999@s.whatsapp.net", phone: "+5511999999999", lid: null, name: "Ana" };
const times = { createdAt: "2026-11-22T08:00:00.000Z", updatedAt: "2026-11-22T08:00:02.512Z" };

const session: PublicSession = {
  id: exampleId("ses"),
  name: "Sales",
  metadata: { team: "south" },
  limits: { campaignMessagesPerMinute: 20, firstContactsPerDay: "warmup" },
  status: "connected",
  qr: null,
  pairingCode: null,
  pairingCodeError: null,
  phone: { jid: "5511888888888@s.whatsapp.net", lid: "84215906132455@lid", number: "+5511888888888", name: "Acme" },
  lastDisconnect: null,
  restricted: null,
  lastInboundAt: "2026-11-22T07:59:41.210Z",
  statuses: [
    { status: "starting", at: "2026-11-20T09:30:00.000Z" },
    { status: "qr", at: "2026-11-20T09:30:01.304Z" },
    { status: "connected", at: "2026-11-20T09:30:19.871Z" },
  ],
  createdAt: "2026-11-20T09:30:00.000Z",
  connectedAt: "2026-11-20T09:30:19.871Z",
};

const message: Message = {
  id: exampleId("msg"),
  sessionId: exampleId("ses"),
  chatId: person.id,
  direction: "outbound",
  source: "api",
  type: "text",
  text: "Hello from WASaaS",
  media: null,
  location: null,
  contacts: null,
  poll: null,
  event: null,
  choice: null,
  referral: null,
  status: "delivered",
  error: null,
  campaignId: null,
  quotedMessageId: null,
  mentions: [],
  from: { id: "5511888888888@s.whatsapp.net", phone: "+5511888888888", lid: null, name: "Acme" },
  to: person,
  priority: "normal",
  waMessageId: "3EB0A1B2C3D4E5F6071829",
  metadata: { orderId: "A-1001" },
  reactions: [{ emoji: "👍", from: person, at: times.updatedAt }],
  editedAt: null,
  deletedAt: null,
  changeError: null,
  ...times,
};

const messageWithTimeline: MessageWithTimeline = {
  ...message,
  timeline: [
    { status: "queued", at: times.createdAt },
    { status: "sent", at: "2026-11-22T08:00:01.040Z" },
    { status: "delivered", at: times.updatedAt },
  ],
};

const webhook: PublicWebhook = {
  id: exampleId("whk"),
  url: "https://example.com/hooks/whatsapp",
  events: ["message.*"],
  sessionIds: null,
  description: null,
  enabled: true,
  status: "enabled",
  failingSince: null,
  disabledReason: null,
  ...times,
};

const delivery: PublicDelivery = {
  id: exampleId("dlv"),
  eventId: exampleId("evt"),
  eventType: "message.delivered",
  status: "delivered",
  attempts: [{ at: times.updatedAt, statusCode: 200, latencyMs: 84, error: null, responseExcerpt: "ok" }],
  nextAttemptAt: null,
};

const event: WasaasEvent = {
  id: exampleId("evt"),
  type: "message.delivered",
  createdAt: times.updatedAt,
  tenantId: exampleId("ten"),
  sessionId: exampleId("ses"),
  sequence: 42,
  metadata: session.metadata,
  data: message,
};

/** By the name of the schema, what an answer looks like that a made-up one would not show well. */
export const componentExamples: Readonly<Record<string, unknown>> = {
  Session: session,
  Message: message,
  MessageWithTimeline: messageWithTimeline,
  Webhook: webhook,
  WebhookWithSecret: { ...webhook, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
  WebhookDelivery: delivery,
  Event: event,
};
