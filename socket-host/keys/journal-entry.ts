import * as z from "zod";
import { Jid } from "../../domain/jid.ts";

/** What a message that came in says. `other` keeps the encoded WhatsApp payload of a kind that is not read yet. */
export const InboundContent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string(), quotedWaMessageId: z.string().nullable() }),
  z.object({ type: z.literal("other"), payload: z.base64() }),
  z.object({ type: z.literal("undecryptable") }),
]);
export type InboundContent = z.infer<typeof InboundContent>;

/** One message that came in, or that the session's own phone sent, as the journal keeps it until it is stored. */
export const JournalEntry = z.object({
  /** Its place in the journal, in order of arrival: what `forget` takes it out by. */
  key: z.string(),
  waMessageId: z.string(),
  receivedAtMs: z.int(),
  /** When WhatsApp says it was sent, to the second. */
  whatsappAtMs: z.int(),
  fromMe: z.boolean(),
  chat: Jid,
  chatLid: Jid.nullable(),
  /** Who wrote it in a group; null in a chat of two. */
  participant: Jid.nullable(),
  participantLid: Jid.nullable(),
  pushName: z.string().nullable(),
  content: InboundContent,
});
export type JournalEntry = Readonly<z.infer<typeof JournalEntry>>;
