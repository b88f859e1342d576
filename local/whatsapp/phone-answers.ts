import { proto } from "@whiskeysockets/baileys";
import { isGroupJid } from "./groups.ts";
import type { Phone } from "./phones.ts";
import type { World } from "./world.ts";

const { PeerDataOperationRequestType } = proto.Message;

/** The messages that a companion asks its phone for since it could not read them; empty where it asks for none. */
export function placeholdersIn(message: proto.IMessage): string[] {
  // Baileys wraps it like a message to somebody else; phones answer it nevertheless (Baileys#2292).
  const { protocolMessage } = message.deviceSentMessage?.message ?? message;
  const asked = protocolMessage?.peerDataOperationRequestMessage?.placeholderMessageResendRequest ?? [];
  return asked.flatMap(({ messageKey }) => messageKey?.id ?? []);
}

/**
 * What a phone answers: each message that it has, whole (read: whatsmeow message.go, handlePlaceholderResendResponse;
 * measured by others to bring the first message from an ad: Baileys#2292).
 */
export function placeholderAnswer(
  world: World,
  phone: Phone,
  requestId: string,
  ids: readonly string[],
): proto.IMessage {
  const { PLACEHOLDER_MESSAGE_RESEND: kind } = PeerDataOperationRequestType;
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
      peerDataOperationRequestResponseMessage: {
        peerDataOperationRequestType: kind,
        stanzaId: requestId,
        peerDataOperationResult: ids.flatMap(id => {
          const info = wholeMessage(world, phone, id);
          if (info === undefined) return [];
          const webMessageInfoBytes = proto.WebMessageInfo.encode(proto.WebMessageInfo.create(info)).finish();
          return [{ placeholderMessageResendResponse: { webMessageInfoBytes } }];
        }),
      },
    },
  };
}

function wholeMessage(world: World, phone: Phone, id: string): proto.IWebMessageInfo | undefined {
  const [received] = world.received.senders(phone.number, [id]);
  const author = received && world.phones.named(received.sender);
  const sent = author && world.sent.find(author.number, id);
  if (!received || !author || !sent) return undefined;
  const { chat, sender } = received;
  const participant = isGroupJid(chat) ? { participant: sender } : {};
  return {
    key: { remoteJid: chat, fromMe: author.number === phone.number, id, ...participant },
    message: sent.message,
    messageTimestamp: Math.floor(world.now() / 1_000),
    pushName: author.name,
  };
}
