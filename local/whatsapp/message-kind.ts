import { proto } from "@whiskeysockets/baileys";
import { attachmentOf } from "./phone-media.ts";

const { Type } = proto.Message.ProtocolMessage;

/** What the `<message>` stanza says of its content: Baileys' relayMessage writes the same `type` and `edit`. */
export function messageKind(message: proto.IMessage): { type: string; edit: string | undefined } {
  const change = message.protocolMessage?.type;
  const sealedType = message.secretEncryptedMessage?.secretEncType;
  const isSealedEdit = sealedType === proto.Message.SecretEncryptedMessage.SecretEncType.MESSAGE_EDIT;
  const edit = isSealedEdit || change === Type.MESSAGE_EDIT ? "1" : change === Type.REVOKE ? "7" : undefined;
  if (message.reactionMessage) return { type: "reaction", edit };
  return { type: attachmentOf(message) ? "media" : "text", edit };
}

/** Whether it is something that a person's own devices tell each other, and no message of a chat. */
export function isPeerMessage(message: proto.IMessage): boolean {
  const { protocolMessage } = message;
  return protocolMessage !== undefined && protocolMessage !== null && messageKind(message).edit === undefined;
}
