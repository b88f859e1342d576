import * as z from "zod";
import { idOf } from "../id.ts";
import { Jid } from "../jid.ts";
import { MediaKind } from "../media/kind.ts";
import { WhatsAppFile } from "../media/whatsapp-file.ts";

/** How soon a customer wants a message out; each is a lane of its own. */
export const Priority = z.enum(["high", "normal", "low"]).meta({ id: "Priority" });
export type Priority = z.infer<typeof Priority>;

/**
 * The lanes of a session's outbox, drained in this order. `control` is about the session itself and is served
 * whether or not it is connected; `media` holds the files that are still to be fetched from WhatsApp.
 */
const Lane = z.enum(["control", "high", "normal", "low", "media"]);
export type Lane = z.infer<typeof Lane>;

/** The sort key of an outbox row: by lane, then by the sequence taken when it was accepted. */
export function outboxKey(lane: Lane, sequence: number): string {
  return `${lanePrefix(lane)}${String(sequence).padStart(12, "0")}`;
}

/** The sort key of a file that is to be fetched: by when its message came, and the same however often it is put. */
export function mediaFetchKey(receivedAtMs: number, messageId: string): string {
  return `${lanePrefix("media")}${String(receivedAtMs).padStart(15, "0")}#${messageId}`;
}

/** The prefix that all rows of one lane share; in its order among the others. */
export function lanePrefix(lane: Lane): string {
  return `${Lane.options.indexOf(lane)}#`;
}

/** The lane of the row with this key. */
export function laneOf(key: string): Lane {
  return Lane.parse(Lane.options[Number(key.slice(0, 1))]);
}

/** What is done to a message that is there already. An empty emoji takes a reaction back. */
export const MessageChange = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("reaction"), emoji: z.string() }),
  z.object({ kind: z.literal("edit"), text: z.string() }),
  z.object({ kind: z.literal("revoke") }),
  z.object({ kind: z.literal("read") }),
]);
export type MessageChange = z.infer<typeof MessageChange>;

const Sealed = z.custom<Uint8Array>(value => value instanceof Uint8Array);

const row = {
  tenantId: idOf("ten"),
  sessionId: idOf("ses"),
  shard: z.int().min(0),
  key: z.string(),
  acceptedAt: z.iso.datetime(),
  attempts: z.int().min(0),
  /** Not to be tried before this time: set after a failed attempt, so that a poison message fails alone. */
  notBefore: z.iso.datetime().nullable(),
};

/** One thing a session must do. A message's text and payload are on the message; the row only points at it. */
export const OutboxRow = z.discriminatedUnion("type", [
  z.object({
    ...row,
    type: z.literal("message.send"),
    messageId: idOf("msg"),
    chatKey: z.string(),
    to: Jid,
    waMessageId: z.string(),
    /** Set where it is a campaign's: of those one is under way at a time. */
    campaignId: idOf("cmp").optional(),
  }),
  z.object({
    ...row,
    type: z.literal("message.change"),
    messageId: idOf("msg"),
    chatKey: z.string(),
    to: Jid,
    /** WhatsApp's id of the change, which is a message of its own there. */
    waMessageId: z.string(),
    change: MessageChange,
  }),
  z.object({
    ...row,
    type: z.literal("media.fetch"),
    messageId: idOf("msg"),
    chatKey: Jid,
    /** With who wrote it, what the event about the message is derived from. */
    waMessageId: z.string(),
    sender: z.string(),
    kind: MediaKind,
    source: WhatsAppFile,
    /** As the message named them, which is how its phone finds the file again. */
    fromMe: z.boolean(),
    chat: Jid,
    participant: Jid.nullable(),
    /** Whether the message has been told of, or need not be. */
    announced: z.boolean(),
  }),
  z.object({ ...row, type: z.literal("session.restart") }),
  /** The person's assertion, sealed. */
  z.object({ ...row, type: z.literal("session.passkey"), credential: Sealed }),
  z.object({ ...row, type: z.literal("session.passkey_confirm") }),
  z.object({ ...row, type: z.literal("session.unlink"), erase: z.boolean() }),
]);
export type OutboxRow = z.infer<typeof OutboxRow>;
export type MessageSend = Extract<OutboxRow, { type: "message.send" }>;
export type ChangeRow = Extract<OutboxRow, { type: "message.change" }>;
/** The file of a message that came in, still to be fetched. */
export type MediaFetch = Extract<OutboxRow, { type: "media.fetch" }>;
/** A row about a message: served in the order of its chat and lane, while the session is connected. */
export type MessageRow = MessageSend | ChangeRow;
