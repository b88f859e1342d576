import { proto } from "@whiskeysockets/baileys";
import { isGroup } from "../../domain/jid.ts";
import type { HistoryEntry } from "../whatsapp-port.ts";
import { messageContentOf } from "./inbound-content.ts";
import { isSelf, type Self } from "./inbound-stanza.ts";
import type { KnownNames } from "./known-names.ts";

const { Status } = proto.WebMessageInfo;
const statusOf = new Map<unknown, HistoryEntry["status"]>([
  [Status.DELIVERY_ACK, "delivered"],
  [Status.READ, "read"],
  [Status.PLAYED, "played"],
]);

/** A message of the past, or undefined where it is none: a notice of WhatsApp's, a change, a status, a channel. */
export async function historyEntryOf(
  info: proto.IWebMessageInfo,
  names: KnownNames,
  self: Self,
): Promise<HistoryEntry | undefined> {
  const { key, message, messageTimestamp } = info;
  const content = message ? messageContentOf(message) : undefined;
  if (content === undefined || !key?.id || content.type === "undecryptable") return undefined;
  if (content.type === "reaction" || content.type === "edit" || content.type === "revoke") return undefined;
  const chat = await names.of(key.remoteJid);
  const atMs = Number(messageTimestamp ?? 0) * 1_000;
  if (chat === undefined || atMs <= 0) return undefined;
  const written = key.participant ?? info.participant;
  const author = isGroup(chat.jid) ? await names.of(written) : undefined;
  const fromMe = key.fromMe ?? (written ? isSelf(written, self) : false);
  return {
    waMessageId: key.id,
    receivedAtMs: atMs,
    whatsappAtMs: atMs,
    fromMe,
    chat: chat.jid,
    chatLid: chat.lid,
    participant: author?.jid ?? null,
    participantLid: author?.lid ?? null,
    pushName: info.pushName || null,
    content,
    status: fromMe ? (statusOf.get(info.status) ?? "sent") : "read",
  };
}
