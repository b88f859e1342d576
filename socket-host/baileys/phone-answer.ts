import { proto, unpadRandomMax16 } from "@whiskeysockets/baileys";
import { isGroup } from "../../domain/jid.ts";
import type { Arrival, InboundContent } from "../keys/journal-entry.ts";
import { messageContentOf } from "./inbound-content.ts";
import { jidOf, lidOf } from "./inbound-stanza.ts";

/** A message that the session's own phone tells, because this device could not read it. */
export interface ToldMessage {
  readonly waMessageId: string;
  /** What it says; undefined where it is no message of a chat. */
  readonly content: InboundContent | undefined;
  /** What opens what people say about it. */
  readonly secret: Uint8Array | undefined;
  /** The arrival as the phone names it: for one that nobody waits for any more. */
  arrival(receivedAtMs: number): Arrival | undefined;
}

/**
 * The messages in a phone's answer to a request for what could not be read (`placeholderMessageResendResponse`);
 * undefined where a message between own devices is something else. So arrives the first message of everybody who comes
 * from an ad: it reaches companions without a text (Baileys#1723; whatsmeow message.go asks the phone likewise).
 */
export function toldByPhone(padded: Uint8Array): ToldMessage[] | undefined {
  const { protocolMessage } = proto.Message.decode(unpadRandomMax16(padded));
  const results = protocolMessage?.peerDataOperationRequestResponseMessage?.peerDataOperationResult;
  if (!results) return undefined;
  return results.flatMap(({ placeholderMessageResendResponse }) => {
    const bytes = placeholderMessageResendResponse?.webMessageInfoBytes;
    return bytes ? toldMessage(proto.WebMessageInfo.decode(bytes)) : [];
  });
}

function toldMessage(info: proto.IWebMessageInfo): ToldMessage[] {
  const { key, message } = info;
  if (!key?.id || !message) return [];
  const content = messageContentOf(message);
  const secret = info.messageSecret ?? message.messageContextInfo?.messageSecret ?? undefined;
  return [
    { waMessageId: key.id, content, secret, arrival: receivedAtMs => arrivalOf(info, key.id ?? "", receivedAtMs) },
  ];
}

function arrivalOf(info: proto.IWebMessageInfo, waMessageId: string, receivedAtMs: number): Arrival | undefined {
  const { key, participant, messageTimestamp, pushName } = info;
  const chat = jidOf(key?.remoteJid ?? undefined);
  if (chat === undefined) return undefined;
  const author = isGroup(chat) ? jidOf(key?.participant ?? participant ?? undefined) : undefined;
  if (isGroup(chat) && author === undefined && !key?.fromMe) return undefined;
  return {
    waMessageId,
    receivedAtMs,
    place: receivedAtMs,
    whatsappAtMs: Number(messageTimestamp ?? Math.floor(receivedAtMs / 1_000)) * 1_000,
    fromMe: key?.fromMe ?? false,
    chat,
    chatLid: lidOf(chat),
    participant: author ?? null,
    participantLid: author === undefined ? null : lidOf(author),
    pushName: pushName || null,
  };
}
