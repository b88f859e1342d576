import { createHash } from "node:crypto";
import * as z from "zod";
import { Jid } from "../../domain/jid.ts";
import { MediaKind } from "../../domain/media/kind.ts";
import { WhatsAppFile } from "../../domain/media/whatsapp-file.ts";
import {
  Choice,
  cardsMax,
  Location,
  PlannedEvent,
  Poll,
  Referral,
  SharedContact,
} from "../../domain/message/content.ts";

const quotedWaMessageId = z.string().nullable();
/** The ad that its writer came from. */
const referral = Referral.optional();
/** What opens what people say about it (edits, votes), sealed with the session's own key. */
const secret = z.base64().optional();

/** What somebody says about a message, which only that message's secret opens. */
export const SealedContent = z.object({
  type: z.literal("sealed"),
  use: z.enum(["edit", "reaction", "comment", "vote"]),
  targetWaMessageId: z.string(),
  iv: z.base64(),
  bytes: z.base64(),
});
export type SealedContent = z.infer<typeof SealedContent>;

/** What a message that came in says. */
export const InboundContent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("text"),
    text: z.string(),
    choice: Choice.nullable().optional(),
    quotedWaMessageId,
    referral,
    secret,
    /** Whom the text names, as @ and the user part of these. */
    mentions: z.array(Jid).optional(),
  }),
  z.object({
    type: z.literal("location"),
    location: Location,
    text: z.string().nullable(),
    quotedWaMessageId,
    referral,
    secret,
  }),
  z.object({
    type: z.literal("contact"),
    contacts: z.array(SharedContact).max(cardsMax),
    quotedWaMessageId,
    referral,
    secret,
  }),
  z.object({ type: z.literal("poll"), poll: Poll, quotedWaMessageId, referral, secret }),
  z.object({ type: z.literal("event"), event: PlannedEvent, quotedWaMessageId, referral, secret }),
  z.object({
    type: z.literal("media"),
    kind: MediaKind,
    /** As the sender says; likewise the name, and the size in bytes. */
    mimetype: z.string(),
    filename: z.string().nullable(),
    caption: z.string().nullable(),
    size: z.int().nullable(),
    /** Null where the message came without what one needs to fetch the file. */
    source: WhatsAppFile.nullable(),
    quotedWaMessageId,
    referral,
    secret,
  }),
  z.object({ type: z.literal("reaction"), targetWaMessageId: z.string(), emoji: z.string() }),
  z.object({ type: z.literal("edit"), targetWaMessageId: z.string(), text: z.string() }),
  z.object({ type: z.literal("revoke"), targetWaMessageId: z.string() }),
  /** A vote in a poll, by the options that it is for now. */
  z.object({ type: z.literal("vote"), targetWaMessageId: z.string(), options: z.array(z.string()) }),
  SealedContent,
  /** A kind that is not read yet, with its encoded WhatsApp payload; null where that is too large to keep. */
  z.object({ type: z.literal("other"), payload: z.base64().nullable() }),
  /** It could not be decrypted, and asking for it again did not help. */
  z.object({ type: z.literal("undecryptable") }),
]);
export type InboundContent = z.infer<typeof InboundContent>;

/** One message that came in, or that the session's own phone sent, as the journal keeps it until it is stored. */
export const JournalEntry = z.object({
  /** Its place in the journal, in order of arrival: what `forget` takes it out by. */
  key: z.string(),
  waMessageId: z.string(),
  receivedAtMs: z.int(),
  /** Rises from one message to the next as they came on the wire; entries that were journaled earlier have none. */
  place: z.int().optional(),
  /** When WhatsApp says it was sent, to the second. */
  whatsappAtMs: z.int(),
  fromMe: z.boolean(),
  /** The number's JID where the stanza gave it, else the LID; or the group. */
  chat: Jid,
  chatLid: Jid.nullable(),
  /** Who wrote it in a group, named like `chat`; null in a chat of two. */
  participant: Jid.nullable(),
  participantLid: Jid.nullable(),
  pushName: z.string().nullable(),
  content: InboundContent,
});
export type JournalEntry = Readonly<z.infer<typeof JournalEntry>>;

/** A message as it arrived, before it is known what it says. */
export type Arrival = Omit<JournalEntry, "key" | "content">;

/** What makes two arrivals the same message. */
export function arrivalName(arrival: Arrival): string {
  const { waMessageId, chat, participant, fromMe } = arrival;
  const name = JSON.stringify([waMessageId, chat, participant, fromMe]);
  return createHash("sha256").update(name).digest("base64url");
}
