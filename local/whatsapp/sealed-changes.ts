import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { proto } from "@whiskeysockets/baileys";
import { type Destination, isGroup } from "./destination.ts";
import { lidJid, phoneJid } from "./device-address.ts";
import type { Phone } from "./phones.ts";
import type { World } from "./world.ts";

/*
 * What a person says about a message, sealed with that message's own secret. Measured by others against the live
 * service: omni#1106 (edits; no additional data), Baileys#2547 (edits are sent so alone since May 2026). Read: whatsmeow
 * msgsecret.go (keys, and the additional data of poll votes).
 */
type Use = "Message Edit" | "Enc Reaction" | "Enc Comment" | "Poll Vote";

export interface SealedAbout {
  readonly id: string;
  readonly author: Phone;
  readonly secret: Uint8Array;
}

/** A new secret, as phones put into every message that they write. */
export function newMessageSecret(): Uint8Array {
  return randomBytes(32);
}

/** The message that a person speaks about, where a phone here wrote it with a secret. */
export function sealedAbout(world: World, phone: Phone, id: string): SealedAbout | undefined {
  const [received] = world.received.senders(phone.number, [id]);
  const author = received ? world.phones.named(received.sender) : phone;
  const secret = author && world.sent.find(author.number, id)?.message.messageContextInfo?.messageSecret;
  return author && secret ? { id, author, secret } : undefined;
}

export function sealedEdit(by: Phone, to: Destination, about: SealedAbout, text: string, atMs: number): proto.IMessage {
  const key = keyOf(by, to, about);
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  const edited = { protocolMessage: { key, type, editedMessage: { conversation: text }, timestampMs: atMs } };
  const sealed = seal("Message Edit", proto.Message.encode(edited).finish(), by, to, about);
  const secretEncType = proto.Message.SecretEncryptedMessage.SecretEncType.MESSAGE_EDIT;
  return { secretEncryptedMessage: { targetMessageKey: key, ...sealed, secretEncType } };
}

export function sealedReaction(by: Phone, to: Destination, about: SealedAbout, emoji: string): proto.IMessage {
  const plain = proto.Message.ReactionMessage.encode({ text: emoji }).finish();
  const sealed = seal("Enc Reaction", plain, by, to, about);
  return { encReactionMessage: { targetMessageKey: keyOf(by, to, about), ...sealed } };
}

export function sealedComment(by: Phone, to: Destination, about: SealedAbout, text: string): proto.IMessage {
  const plain = proto.Message.encode({ conversation: text }).finish();
  const sealed = seal("Enc Comment", plain, by, to, about);
  return { encCommentMessage: { targetMessageKey: keyOf(by, to, about), ...sealed } };
}

export function pollVote(by: Phone, to: Destination, about: SealedAbout, options: readonly string[]): proto.IMessage {
  const selectedOptions = options.map(option => createHash("sha256").update(option).digest());
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish();
  const vote = seal("Poll Vote", plain, by, to, about);
  return { pollUpdateMessage: { pollCreationMessageKey: keyOf(by, to, about), vote, senderTimestampMs: Date.now() } };
}

/** The edit in a sealed one, for a phone that got it; anything else as it is. */
export function unsealedEdit(world: World, writer: Phone, message: proto.IMessage): proto.IMessage {
  const { targetMessageKey, encIv, encPayload } = message.secretEncryptedMessage ?? {};
  const id = targetMessageKey?.id;
  const secret = id && world.sent.find(writer.number, id)?.message.messageContextInfo?.messageSecret;
  if (!id || !secret || !encIv || !encPayload) return message;
  const names = [lidJid(writer.lid), phoneJid(writer.number)];
  for (const name of names) {
    const plain = opened(keyFor("Message Edit", { id, secret }, name, name), encIv, encPayload);
    if (plain) return proto.Message.decode(plain);
  }
  return message;
}

/** A group goes by LIDs, a chat of two by whichever name the person's messages carry. */
function nameIn(to: Destination, { number, lid, addressing }: Phone, by: Phone): string {
  const isByLid = [by.addressing, addressing].some(name => name.includes("lid"));
  return isGroup(to) || isByLid ? lidJid(lid) : phoneJid(number);
}

function keyOf(by: Phone, to: Destination, { id, author }: SealedAbout): proto.IMessageKey {
  const fromMe = author.number === by.number;
  const remoteJid = isGroup(to) ? to.id : nameIn(to, to, by);
  return { remoteJid, fromMe, id, ...(isGroup(to) ? { participant: lidJid(author.lid) } : {}) };
}

function seal(use: Use, plain: Uint8Array, by: Phone, to: Destination, about: SealedAbout) {
  const [author, writer] = [nameIn(to, about.author, by), nameIn(to, by, by)];
  const encIv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyFor(use, about, author, writer), encIv);
  if (use === "Poll Vote") cipher.setAAD(Buffer.from(`${about.id}\0${writer}`));
  const encPayload = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { encIv, encPayload };
}

function keyFor(use: Use, { id, secret }: Pick<SealedAbout, "id" | "secret">, author: string, writer: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, new Uint8Array(32), `${id}${author}${writer}${use}`, 32));
}

function opened(key: Buffer, iv: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, iv);
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}
