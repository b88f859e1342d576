import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { encryptedStream, proto } from "@whiskeysockets/baileys";
import { lidJid, phoneJid } from "./device-address.ts";
import { nctSalt } from "./first-contacts.ts";
import { directPath } from "./media-host.ts";
import type { PastMessage } from "./past-messages.ts";
import type { Phone } from "./phones.ts";
import { unsealedEdit } from "./sealed-changes.ts";
import type { World } from "./world.ts";

const CHATS_MAX = 500;
/** Of each chat within the first notice; the rest comes as a file. */
const NEWEST = 10;
/** Field 19 `nctSalt`, which Baileys' protobuf does not know (read: whatsmeow's WAWebProtobufsHistorySync.proto). */
const nctSaltField = Buffer.from([0x9a, 0x01]);
const { HistorySyncType: Type } = proto.HistorySync;
const compress = promisify(deflate);

interface Chat {
  readonly id: string;
  readonly name: string;
  /** Undefined of a group. */
  readonly person: Phone | undefined;
}

/**
 * What a phone tells a companion that it has just linked, notice by notice, as WhatsApp's phones do: its chats with
 * their newest messages, inside the notice itself (zlib, as `initialHistBootstrapInlinePayload`); what people call
 * themselves; and all that is older as a file on the media host.
 */
export async function historySyncMessages(world: World, phone: Phone): Promise<proto.IMessage[]> {
  const chats = world.past.chats(phone.number, CHATS_MAX).flatMap(id => chatNamed(world, id));
  const people = chats.flatMap(({ person }) => person ?? []);
  const newest = chats.map(chat =>
    conversation(world, chat, world.past.of(phone.number, chat.id, { skip: 0, limit: NEWEST })),
  );
  const phoneNumberToLidMappings = [phone, ...people].map(({ number, lid }) => ({
    pnJid: phoneJid(number),
    lidJid: lidJid(lid),
  }));
  const bootstrap = { syncType: Type.INITIAL_BOOTSTRAP, conversations: newest, phoneNumberToLidMappings };
  const pushnames = people.map(({ number, name }) => ({ id: phoneJid(number), pushname: name }));
  const older = chats.flatMap(chat => {
    const messages = world.past.of(phone.number, chat.id, { skip: NEWEST, limit: -1 });
    return messages.length === 0 ? [] : [conversation(world, chat, messages)];
  });
  const notices = [await inline(bootstrap, 1, nctSalt(world, phone.number))];
  if (pushnames.length > 0) notices.push(await inline({ syncType: Type.PUSH_NAME, pushnames }, 2));
  if (older.length > 0) notices.push(await asFile(world, { syncType: Type.RECENT, conversations: older }, 3));
  return notices;
}

function chatNamed(world: World, id: string): Chat[] {
  const person = world.phones.named(id);
  const name = person?.name ?? world.groups.find(id)?.subject;
  return name === undefined ? [] : [{ id, name, person }];
}

function conversation(world: World, { id, name, person }: Chat, messages: readonly PastMessage[]): proto.IConversation {
  // A phone tells its own devices an edit in the clear, which it got or sent sealed.
  const clear = (sender: string, message: proto.IMessage) => {
    const writer = world.phones.named(sender);
    return writer ? unsealedEdit(world, writer, message) : message;
  };
  return {
    id,
    name,
    ...(person ? { lidJid: lidJid(person.lid) } : {}),
    unreadCount: 0,
    messages: messages.map(({ id: messageId, fromMe, sender, message: written, at, reactions }) => ({
      // It rises with the order of writing (guess; the field is read from whatsmeow, WAHistorySync.proto).
      msgOrderId: Date.parse(at),
      message: {
        key: { remoteJid: id, fromMe, id: messageId, ...(person ? {} : { participant: sender }) },
        message: clear(sender, written),
        messageTimestamp: Math.floor(Date.parse(at) / 1_000),
        status: fromMe ? proto.WebMessageInfo.Status.READ : undefined,
        reactions: reactions.map(reaction => ({
          key: { remoteJid: id, fromMe: reaction.sender !== id, id: `${messageId}-${reaction.sender}` },
          text: reaction.emoji,
          senderTimestampMs: Date.parse(reaction.at),
        })),
      },
    })),
  };
}

async function inline(history: proto.IHistorySync, chunkOrder: number, salt?: Buffer): Promise<proto.IMessage> {
  return notice(history, chunkOrder, { initialHistBootstrapInlinePayload: await compressed(history, salt) });
}

async function asFile({ media }: World, history: proto.IHistorySync, chunkOrder: number): Promise<proto.IMessage> {
  const made = await encryptedStream(Buffer.from(await compressed(history)), "md-msg-hist");
  const { mediaKey, fileSha256, fileEncSha256, fileLength, encFilePath } = made;
  const name = fileEncSha256.toString("base64url");
  try {
    await media.files.adopt(name, encFilePath);
  } finally {
    await rm(encFilePath, { force: true });
  }
  const path = directPath("md-msg-hist", name);
  return notice(history, chunkOrder, { mediaKey, fileSha256, fileEncSha256, fileLength, directPath: path });
}

function compressed(history: proto.IHistorySync, salt?: Buffer): Promise<Buffer> {
  const encoded = proto.HistorySync.encode(proto.HistorySync.fromObject(history)).finish();
  return compress(salt ? Buffer.concat([encoded, nctSaltField, Buffer.from([salt.length]), salt]) : encoded);
}

function notice(
  { syncType }: proto.IHistorySync,
  chunkOrder: number,
  payload: proto.Message.IHistorySyncNotification,
): proto.IMessage {
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: proto.Message.HistorySyncNotification.fromObject({
        syncType: Number(syncType ?? 0),
        chunkOrder,
        progress: 100,
        ...payload,
      }),
    },
  };
}
