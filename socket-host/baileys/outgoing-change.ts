import { proto } from "@whiskeysockets/baileys";
import { isGroup, type Jid } from "../../domain/jid.ts";
import type { OutgoingChange } from "../whatsapp-port.ts";

const { Type } = proto.Message.ProtocolMessage;

/** The protobuf of a change, as Baileys' generateWAMessageContent makes it (lib/Utils/messages.js). */
export function encodedChange({ to, target, change, atMs }: OutgoingChange): Uint8Array {
  const key = {
    remoteJid: to,
    fromMe: target.fromMe,
    id: target.waMessageId,
    ...(target.participant === null ? {} : { participant: target.participant }),
  };
  switch (change.kind) {
    case "reaction":
      return encoded({ reactionMessage: { key, text: change.emoji, senderTimestampMs: atMs } });
    case "edit": {
      const editedMessage = { extendedTextMessage: { text: change.text } };
      return encoded({ protocolMessage: { key, editedMessage, timestampMs: atMs, type: Type.MESSAGE_EDIT } });
    }
    case "revoke":
      return encoded({ protocolMessage: { key, type: Type.REVOKE } });
    default:
      return change satisfies never;
  }
}

/** The message with its change, if it is one of a chat of two, naming that chat as it is named to WhatsApp. */
export function readdressed(message: proto.IMessage, chat: Jid): proto.IMessage {
  const key = message.protocolMessage?.key ?? message.reactionMessage?.key;
  if (key?.remoteJid && !isGroup(chat)) key.remoteJid = chat;
  return message;
}

const encoded = (message: proto.IMessage): Uint8Array => proto.Message.encode(message).finish();

/** What the stanza of a message must say where it changes another: 1 an edit, 7 a deletion (lib/Socket/messages-send.js). */
export function editAttribute({ protocolMessage }: proto.IMessage): { edit?: string } {
  if (protocolMessage?.type === Type.MESSAGE_EDIT) return { edit: "1" };
  return protocolMessage && protocolMessage.type === Type.REVOKE ? { edit: "7" } : {};
}
