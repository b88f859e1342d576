import { randomBytes } from "node:crypto";
import * as z from "zod";
import { idOf } from "../id.ts";
import { Jid, Person } from "../jid.ts";
import { Metadata } from "../metadata.ts";
import { Priority } from "../outbox/outbox.ts";
import {
  Choice,
  cardsMax,
  Location,
  PlannedEvent,
  Poll,
  PollVote,
  PollWithResults,
  pollVotersMax,
  Referral,
  SharedContact,
} from "./content.ts";

export const MessageStatus = z
  .enum(["queued", "sent", "delivered", "read", "played", "failed", "received"])
  .meta({ id: "MessageStatus" });
export type MessageStatus = z.infer<typeof MessageStatus>;

export const MessageErrorCode = z.enum([
  "not_on_whatsapp",
  "expired",
  "session_disconnected",
  "restricted",
  "media_unavailable",
  "media_unsupported",
  "duplicate",
  "rejected",
]);
export type MessageErrorCode = z.infer<typeof MessageErrorCode>;

export const MessageError = z
  .object({ code: MessageErrorCode, message: z.string(), detail: z.string().nullable() })
  .meta({ id: "MessageError" });
export type MessageError = z.infer<typeof MessageError>;

const MessageType = z
  .enum([
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contact",
    "poll",
    "event",
    "unsupported",
  ])
  .meta({ id: "MessageType" });

const Media = z.object({
  mimetype: z.string(),
  filename: z.string().nullable(),
  size: z.int().nullable(),
  caption: z.string().nullable(),
  status: z.enum(["pending", "ready", "failed", "expired"]),
});

const TimelineEntry = z.object({ status: MessageStatus, at: z.iso.datetime() });

/** What one person thinks of a message; `from` is null where it is not known whose phone the session is. */
const Reaction = z
  .object({ emoji: z.string(), from: Person.nullable(), at: z.iso.datetime() })
  .meta({ id: "Reaction" });

/** A change of a message that was asked for, and that WhatsApp did not take or that could not be sent. */
const ChangeError = MessageError.extend({
  change: z.enum(["reaction", "edit", "delete", "read"]),
  at: z.iso.datetime(),
}).meta({ id: "ChangeError" });

/** A message as customers see it. */
export const Message = z
  .object({
    id: idOf("msg"),
    sessionId: idOf("ses"),
    chatId: z.string(),
    direction: z.enum(["inbound", "outbound"]),
    source: z.enum(["api", "campaign", "phone"]),
    type: MessageType,
    text: z.string().nullable(),
    media: Media.nullable(),
    location: Location.nullable().default(null),
    contacts: z.array(SharedContact).max(cardsMax).nullable().default(null),
    poll: PollWithResults.nullable().default(null),
    event: PlannedEvent.nullable().default(null),
    choice: Choice.nullable().default(null),
    referral: Referral.nullable()
      .default(null)
      .meta({ description: "The ad that the person came from with this message; null for any other message." }),
    status: MessageStatus,
    error: MessageError.nullable(),
    campaignId: idOf("cmp").nullable(),
    quotedMessageId: z.string().nullable(),
    from: Person.nullable(),
    to: Person.nullable(),
    priority: Priority.nullable(),
    waMessageId: z.string(),
    metadata: Metadata,
    mentions: z.array(Person).default([]).meta({ description: "Whom the text names, as @ and their number or LID." }),
    reactions: z.array(Reaction).default([]),
    editedAt: z.iso.datetime().nullable().default(null),
    deletedAt: z.iso.datetime().nullable().default(null),
    changeError: ChangeError.nullable()
      .default(null)
      .meta({
        description:
          "The last reaction, edit, deletion or reading that was accepted and then failed; the message is as it was. " +
          "Its event (message.reaction, message.edited, message.deleted, message.read) carries it. Null again once a change succeeds.",
      }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

export const MessageWithTimeline = Message.extend({ timeline: z.array(TimelineEntry) }).meta({
  id: "MessageWithTimeline",
});
export type MessageWithTimeline = z.infer<typeof MessageWithTimeline>;

/** Where a message's file is: its key in the media bucket, or the address that it is still to be fetched from. */
export const MessageFile = z.discriminatedUnion("at", [
  z.object({ at: z.literal("bucket"), key: z.string() }),
  z.object({ at: z.literal("url"), url: z.url() }),
]);
export type MessageFile = z.infer<typeof MessageFile>;

/** A message as it is stored: with its tenant, the key of its chat, and the protobuf that goes on the wire. */
export const StoredMessage = MessageWithTimeline.extend({
  tenantId: idOf("ten"),
  chatKey: Jid,
  location: Location.nullable().optional(),
  contacts: z.array(SharedContact).max(cardsMax).nullable().optional(),
  poll: Poll.extend({ results: PollWithResults.shape.results.optional() }).nullable().optional(),
  /** The last vote of each person in a poll, the oldest first. */
  pollVotes: z.array(PollVote).max(pollVotersMax).optional(),
  event: PlannedEvent.nullable().optional(),
  choice: Choice.nullable().optional(),
  referral: Referral.nullable().optional(),
  mentions: z.array(Person).optional(),
  reactions: z.array(Reaction).optional(),
  editedAt: z.iso.datetime().nullable().optional(),
  deletedAt: z.iso.datetime().nullable().optional(),
  changeError: ChangeError.nullable().optional(),
  /** The encoded WhatsApp payload, stored before it is sent: what a retry receipt is answered from. */
  payload: z.instanceof(Uint8Array).optional(),
  /** What opens what people say about it (sealed edits, poll votes), sealed with the session's own key. */
  secret: z.instanceof(Uint8Array).optional(),
  /** The message's file; absent while one that came in is not stored. */
  file: MessageFile.optional(),
  /** Epoch seconds, after which DynamoDB deletes it; absent where it is kept for good. */
  ttl: z.int().optional(),
});
export type StoredMessage = z.infer<typeof StoredMessage>;

/** What finds a stored message. */
export type MessageRef = Pick<StoredMessage, "tenantId" | "sessionId" | "chatKey" | "id">;

/** The message as the API and the events give it. */
export function publicMessage(stored: StoredMessage): Message {
  return Message.parse(stored);
}

const ranks = { queued: 0, sent: 1, delivered: 2, read: 3, played: 4 } as const;
type Progress = keyof typeof ranks;

/** How far along an outbound message is. Receipts repeat and overtake each other; moving only up makes that harmless. */
export function rankOf(status: Progress): number {
  return ranks[status];
}

/** The statuses from which an outbound message may move to `next`: all that come before it; `failed` ends a queued one alone. */
export function statusesBefore(next: Progress | "failed"): MessageStatus[] {
  if (next === "failed") return ["queued"];
  const below: Progress[] = ["queued", "sent", "delivered", "read", "played"];
  return below.filter(status => ranks[status] < ranks[next]);
}

/**
 * A WhatsApp message id as WhatsApp's web client makes them: `3EB0` and 18 hex digits in capitals (the prefix and
 * length Baileys' generateMessageIDV2 uses). Fixed when a message is accepted and reused on every try.
 */
export function newWaMessageId(): string {
  return `3EB0${randomBytes(9).toString("hex").toUpperCase()}`;
}
