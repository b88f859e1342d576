import { proto } from "@whiskeysockets/baileys";
import { isGroup, type Jid } from "../../domain/jid.ts";
import type { InboundContent } from "../keys/journal-entry.ts";
import type { HistoryEntry, PastReaction } from "../whatsapp-port.ts";
import { editedContentOf, messageContentOf } from "./inbound-content.ts";
import { isSelf, type Self } from "./inbound-stanza.ts";
import type { KnownNames } from "./known-names.ts";

/** What says something about another message is no message of the past: that one stands there as it is now. */
const aboutAnother = new Set<InboundContent["type"]>(["reaction", "edit", "revoke", "vote", "sealed"]);

const { Status } = proto.WebMessageInfo;
const statusOf = new Map<unknown, HistoryEntry["status"]>([
  [Status.DELIVERY_ACK, "delivered"],
  [Status.READ, "read"],
  [Status.PLAYED, "played"],
]);

/** A message of the past, at its place among those of its chat and second, or undefined where it is none: a notice of WhatsApp's, a change, a status, a channel. */
export async function historyEntryOf(
  info: proto.IWebMessageInfo,
  names: KnownNames,
  self: Self,
  place: number,
): Promise<HistoryEntry | undefined> {
  const { key, message, messageTimestamp } = info;
  const edited = message ? editedContentOf(message) : undefined;
  const content = edited?.content ?? (message ? messageContentOf(message) : undefined);
  if (content === undefined || !key?.id || content.type === "undecryptable") return undefined;
  if (aboutAnother.has(content.type)) return undefined;
  const chat = await names.of(key.remoteJid);
  const atMs = Number(messageTimestamp ?? 0) * 1_000;
  if (chat === undefined || atMs <= 0) return undefined;
  const written = key.participant ?? info.participant;
  const author = isGroup(chat.jid) ? await names.of(written) : undefined;
  const fromMe = key.fromMe ?? (written ? isSelf(written, self) : false);
  return {
    waMessageId: edited?.waMessageId ?? key.id,
    receivedAtMs: atMs,
    place,
    whatsappAtMs: atMs,
    fromMe,
    chat: chat.jid,
    chatLid: chat.lid,
    participant: author?.jid ?? null,
    participantLid: author?.lid ?? null,
    pushName: info.pushName || null,
    content,
    status: fromMe ? (statusOf.get(info.status) ?? "sent") : "read",
    editedAtMs: edited === undefined ? null : (edited.atMs ?? atMs),
    reactions: await reactionsOf(info, names, { self, chat: chat.jid, atMs }),
  };
}

/**
 * The reactions that stand with a message. As Baileys keeps them (lib/Utils/messages.js, updateMessageWithReaction), the
 * key of each is that of the message it came as, so that it names who reacted; an empty text is one taken back.
 */
async function reactionsOf(
  { reactions }: proto.IWebMessageInfo,
  names: KnownNames,
  of: { readonly self: Self; readonly chat: Jid; readonly atMs: number },
): Promise<PastReaction[]> {
  const byPerson = new Map<string, PastReaction>();
  for (const { key, text, senderTimestampMs } of reactions ?? []) {
    const fromMe = key?.fromMe ?? (key?.participant ? isSelf(key.participant, of.self) : false);
    const author = isGroup(of.chat) && !fromMe ? await names.of(key?.participant) : undefined;
    // In a group, one of nobody's is nothing that could be shown.
    if (!text || (isGroup(of.chat) && !fromMe && author === undefined)) continue;
    const participant = author?.jid ?? null;
    const atMs = Number(senderTimestampMs ?? 0) || of.atMs;
    const person = fromMe ? "me" : (participant ?? of.chat);
    const before = byPerson.get(person);
    if (before !== undefined && before.atMs > atMs) continue;
    byPerson.set(person, { emoji: text, fromMe, participant, participantLid: author?.lid ?? null, atMs });
  }
  return [...byPerson.values()].sort((one, other) => one.atMs - other.atMs);
}
