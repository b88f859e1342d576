import { normalizeMessageContent, proto, unpadRandomMax16 } from "@whiskeysockets/baileys";
import * as z from "zod";
import type { Jid } from "../../domain/jid.ts";
import type { InboundContent } from "../keys/journal-entry.ts";
import { mediaOf } from "./inbound-media.ts";
import { jidOf } from "./inbound-stanza.ts";
import { referralIn } from "./referral.ts";
import { saidOf } from "./said-content.ts";
import { sealedIn } from "./sealed-envelope.ts";
import { structuredOf } from "./structured-content.ts";

/** What DynamoDB keeps in one item is 400 kB, sealed and base64 in it. */
const payloadBytesMax = 200_000;

/** Parts of a message that say something about another one, or about the conversation: no message of their own. */
const notMessages = new Set<string>([
  "senderKeyDistributionMessage",
  "fastRatchetKeySenderKeyDistributionMessage",
  "messageContextInfo",
  "protocolMessage",
  "reactionMessage",
  "encReactionMessage",
  "pollUpdateMessage",
  "encEventResponseMessage",
  "encCommentMessage",
  "secretEncryptedMessage",
  "keepInChatMessage",
  "pinInChatMessage",
  "stickerSyncRmrMessage",
  "placeholderMessage",
  "albumMessage",
  "statusMentionMessage",
  "groupStatusMentionMessage",
]);

/** An ordinary message in whatever wraps it: what Baileys unwraps, and animated stickers and mentions of bots and groups. */
function unwrapped(message: proto.IMessage): proto.IMessage | undefined {
  const content = normalizeMessageContent(message);
  const { lottieStickerMessage, botInvokeMessage, groupMentionedMessage } = content ?? {};
  const inner = (lottieStickerMessage ?? botInvokeMessage ?? groupMentionedMessage)?.message;
  return inner ? normalizeMessageContent(inner) : content;
}

/**
 * What a decrypted message says, or undefined where it is none: keys, history, receipts, a change to another message.
 * `padded` is the plaintext as it comes out of Signal. Throws where it is not a WhatsApp message at all.
 */
export function contentOf(padded: Uint8Array): InboundContent | undefined {
  return messageContentOf(proto.Message.decode(unpadRandomMax16(padded)));
}

/** The secret that opens what people say about a message; undefined where it carries none. */
export function secretOf(padded: Uint8Array): Uint8Array | undefined {
  const decoded = proto.Message.decode(unpadRandomMax16(padded));
  const inner = decoded.deviceSentMessage?.message;
  return (inner?.messageContextInfo ?? decoded.messageContextInfo)?.messageSecret ?? undefined;
}

/** What a comment on a message says: a message that answers it. */
export function commentContentOf(message: proto.IMessage, quotedWaMessageId: string): InboundContent | undefined {
  const content = messageContentOf(message);
  return content !== undefined && "quotedWaMessageId" in content ? { ...content, quotedWaMessageId } : undefined;
}

/** What a text or a caption says since it was edited. */
export function editedTextOf(message: proto.IMessage): string | undefined {
  const edited = normalizeMessageContent(message);
  return (edited && saidIn(edited)) || undefined;
}

/** The same of a message that is decoded already. */
export function messageContentOf(decoded: proto.IMessage): InboundContent | undefined {
  const message = unwrapped(decoded.deviceSentMessage?.message ?? decoded);
  const change = message && (sealedIn(message) ?? changeOf(message));
  if (change !== undefined) return change;
  const parts = Object.entries(message ?? {}).filter(([, part]) => part !== null && part !== undefined);
  if (!message || parts.every(([name]) => notMessages.has(name))) return undefined;
  const quoted = quotedIn(message);
  const read = structuredOf(message, quoted) ?? saidOf(message, quoted) ?? mediaOf(message, quoted);
  const referral = referralIn(message);
  const referred = referral === undefined ? {} : { referral };
  if (read?.type === "text") return { ...read, ...mentionsIn(message), ...referred };
  if (read !== undefined) return { ...read, ...referred };
  const payload = proto.Message.encode(message).finish();
  return {
    type: "other",
    payload: payload.byteLength > payloadBytesMax ? null : Buffer.from(payload).toString("base64"),
  };
}

/**
 * What a message says since it was edited, under whose id, and since when. In a history an edited message stands as its
 * last edit (as whatsmeow reads it too: client.go, ParseWebMessage).
 */
export function editedContentOf(decoded: proto.IMessage) {
  const { type, key, editedMessage, timestampMs } = normalizeMessageContent(decoded)?.protocolMessage ?? {};
  const content = type === Type.MESSAGE_EDIT && editedMessage ? messageContentOf(editedMessage) : undefined;
  if (content === undefined || !key?.id) return undefined;
  const atMs = Number(timestampMs ?? 0);
  return { waMessageId: key.id, content, atMs: atMs > 0 ? atMs : undefined };
}

const Quoting = z.object({ contextInfo: z.object({ stanzaId: z.string().min(1) }) });

/** WhatsApp's id of the message that one answers: in the part that says something, whichever that is. */
function quotedIn(message: proto.IMessage): string | null {
  for (const part of Object.values(message)) {
    const quoting = Quoting.safeParse(part);
    if (quoting.success) return quoting.data.contextInfo.stanzaId;
  }
  return null;
}

const mentionsMax = 256;

/** Whom a text names; what is no person's JID ("everybody") is left out. */
function mentionsIn({ extendedTextMessage }: proto.IMessage): { mentions?: Jid[] } {
  const listed = extendedTextMessage?.contextInfo?.mentionedJid ?? [];
  const mentions = listed.map(jid => jidOf(jid)).filter(jid => jid !== undefined);
  return mentions.length === 0 ? {} : { mentions: mentions.slice(0, mentionsMax) };
}

const { Type } = proto.Message.ProtocolMessage;

/** What a message says of another one; undefined where it does not, or not in a way that is read. */
function changeOf({ reactionMessage, protocolMessage }: proto.IMessage): InboundContent | undefined {
  const targetWaMessageId = reactionMessage?.key?.id ?? protocolMessage?.key?.id;
  if (!targetWaMessageId) return undefined;
  if (reactionMessage) return { type: "reaction", targetWaMessageId, emoji: reactionMessage.text ?? "" };
  if (protocolMessage?.type === Type.REVOKE) return { type: "revoke", targetWaMessageId };
  const edited = normalizeMessageContent(protocolMessage?.editedMessage);
  const text = edited && saidIn(edited);
  return protocolMessage?.type === Type.MESSAGE_EDIT && text ? { type: "edit", targetWaMessageId, text } : undefined;
}

function saidIn(message: proto.IMessage): string | null | undefined {
  const { conversation, extendedTextMessage, imageMessage, videoMessage, documentMessage } = message;
  return (
    conversation ||
    extendedTextMessage?.text ||
    imageMessage?.caption ||
    videoMessage?.caption ||
    documentMessage?.caption
  );
}

/**
 * A plaintext that says nothing. Baileys acknowledges it like any other: the answer to a message that WhatsApp sends
 * again although it is in the journal, and that can only be decrypted once.
 */
export const saysNothing: Uint8Array = Buffer.from([1]);
