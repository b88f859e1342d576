import { proto, type SignalKeyStoreWithTransaction, type WASocket } from "@whiskeysockets/baileys";
import { type HistoryItem, HistoryUnreadable } from "../whatsapp-port.ts";
import type { AccountFacts } from "./account-facts.ts";
import { type ChatToken, keepChatTokens } from "./chat-tokens.ts";
import { historyEntryOf } from "./history-entry.ts";
import { type HistoryFile, historyFile } from "./history-file.ts";
import type { Self } from "./inbound-stanza.ts";
import { KnownNames } from "./known-names.ts";
import type { MediaHost } from "./media-host.ts";
import { encodedField, MalformedStream, ProtoStream } from "./proto-stream.ts";

/** The numbers of the fields that are read (WAProto/WAProto.proto: HistorySync, Conversation). */
const top = { conversations: 2, pushnames: 7, mappings: 15, nctSalt: 19 } as const;
const messages = 2;
/** Of a conversation, all but its messages that is of use: names, and the token that lets one write to it. */
const about = [1, 13, 21, 22, 28, 38, 39, 42, 49];
/** More than any message is worth; a longer field is passed over. */
const fieldBytesMax = 4 * 1024 * 1024;
const atOnce = 200;
/** A phone tells the newest message of a chat first; most say the order themselves (`msgOrderId`). */
const highestPlace = 2 ** 34;

export interface HistoryParts {
  readonly sock: Pick<WASocket, "signalRepository">;
  readonly media: MediaHost;
  readonly facts: Pick<AccountFacts, "learn">;
  readonly keys: SignalKeyStoreWithTransaction;
  readonly self: Self;
}

/**
 * Reads a piece of history, one item at a time. It is gone through twice, since which number and which LID are one
 * person stands at its end: first for that, which goes into the session's keys, then for the messages.
 */
export async function* historyItems(parts: HistoryParts, notification: Uint8Array): AsyncGenerator<HistoryItem> {
  try {
    yield* itemsOf(parts, notification);
  } catch (cause) {
    throw isMalformed(cause) ? new HistoryUnreadable("the history is not what it should be", { cause }) : cause;
  }
}

/** What zlib and the reading of protobuf throw at bytes that are none of theirs. */
function isMalformed(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return error instanceof MalformedStream || error instanceof RangeError || code.startsWith("Z_");
}

async function* itemsOf(parts: HistoryParts, notification: Uint8Array): AsyncGenerator<HistoryItem> {
  const notice = proto.Message.HistorySyncNotification.decode(notification);
  await using file = await historyFile(parts.media, notice);
  await learn(parts, file);
  const names = new KnownNames(parts.keys);
  const stream = new ProtoStream(file.open(), fieldBytesMax);
  const wanted = { takes: new Set<number>([top.pushnames]), enters: new Set<number>([top.conversations]) };
  for await (const field of stream.fields(wanted)) {
    if (field.kind === "message") yield* conversationItems(parts, stream, field.length, names);
    if (field.kind === "bytes") yield* personItem(field.bytes, names);
  }
}

async function* conversationItems(
  { self }: HistoryParts,
  stream: ProtoStream,
  length: number,
  names: KnownNames,
): AsyncGenerator<HistoryItem> {
  const words: Uint8Array[] = [];
  let count = 0;
  for await (const field of stream.fields({ takes: new Set([messages, ...about]), enters: new Set() }, length)) {
    if (field.kind === "message") continue;
    if (field.kind === "number" || field.number !== messages) {
      words.push(encodedField(field));
      continue;
    }
    const { message, msgOrderId } = proto.HistorySyncMsg.decode(field.bytes);
    const place = Number(msgOrderId ?? 0) || highestPlace - count++;
    const entry = message && (await historyEntryOf(message, names, self, place));
    if (entry) yield { type: "message", entry };
  }
  const { id, name, displayName } = proto.Conversation.decode(Buffer.concat(words));
  const chat = await names.of(id);
  if (chat !== undefined) yield { type: "chat", chat: chat.jid, lid: chat.lid, name: displayName || name || null };
}

async function* personItem(bytes: Uint8Array, names: KnownNames): AsyncGenerator<HistoryItem> {
  const { id, pushname } = proto.Pushname.decode(bytes);
  const person = await names.of(id);
  if (person !== undefined && pushname) yield { type: "person", chat: person.jid, lid: person.lid, name: pushname };
}

/** Keeps who is who, and the tokens without which WhatsApp may refuse a first message to a chat of the past (463). */
async function learn({ sock, keys, facts }: HistoryParts, file: HistoryFile): Promise<void> {
  const stream = new ProtoStream(file.open(), fieldBytesMax);
  const wanted = { takes: new Set<number>([top.mappings, top.nctSalt]), enters: new Set<number>([top.conversations]) };
  const learned: Learned = { pairs: [], tokens: [] };
  const keep = async () => {
    await sock.signalRepository.lidMapping.storeLIDPNMappings(learned.pairs.splice(0));
    await keepChatTokens(keys, learned.tokens.splice(0));
  };
  for await (const field of stream.fields(wanted)) {
    if (field.kind === "message") await learnOfConversation(stream, field.length, learned);
    if (field.kind === "bytes" && field.number === top.nctSalt) {
      facts.learn({ nctSalt: Buffer.from(field.bytes).toString("base64") });
    } else if (field.kind === "bytes") {
      const { lidJid: lid, pnJid: pn } = proto.PhoneNumberToLIDMapping.decode(field.bytes);
      if (lid && pn) learned.pairs.push({ lid, pn });
    }
    if (learned.pairs.length + learned.tokens.length >= atOnce) await keep();
  }
  await keep();
  facts.learn({ historyRead: true });
}

interface Learned {
  readonly pairs: { lid: string; pn: string }[];
  readonly tokens: ChatToken[];
}

async function learnOfConversation(stream: ProtoStream, length: number, { pairs, tokens }: Learned): Promise<void> {
  const words: Uint8Array[] = [];
  for await (const field of stream.fields({ takes: new Set(about), enters: new Set() }, length)) {
    if (field.kind !== "message") words.push(encodedField(field));
  }
  const conversation = proto.Conversation.decode(Buffer.concat(words));
  const { id, pnJid, lidJid, accountLid, tcToken, tcTokenTimestamp, tcTokenSenderTimestamp } = conversation;
  const lid = id.endsWith("@lid") ? id : lidJid || accountLid;
  const pn = id.endsWith("@s.whatsapp.net") ? id : pnJid;
  if (lid && pn) pairs.push({ lid, pn });
  const atSeconds = Number(tcTokenTimestamp ?? 0);
  if (tcToken?.length && atSeconds > 0) {
    tokens.push({ chat: id, token: tcToken, atSeconds, sentAtSeconds: Number(tcTokenSenderTimestamp ?? 0) });
  }
}
