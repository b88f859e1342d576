import type { Chat } from "../domain/chat/chat.ts";
import { nameChat, touchChat } from "../domain/chat/chat-row.ts";
import type { Now } from "../domain/clock.ts";
import { isoTime } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { type Jid, type Person, personOf } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import { historyAtOnce, type PastMessage, storeHistory } from "../domain/message/history-store.ts";
import type { StoredMessage } from "../domain/message/message.ts";
import { personOfSession } from "../domain/message/outgoing.ts";
import type { Session } from "../domain/session/session.ts";
import { HistoryQuotes } from "./history-quotes.ts";
import type { Hold } from "./hold.ts";
import { isPermanent, persist } from "./persist.ts";
import { seenMessage, senderOf } from "./seen-message.ts";
import type { SessionLedger } from "./session-ledger.ts";
import {
  type HistoryChunk,
  type HistoryEntry,
  HistoryUnreadable,
  type PastReaction,
  type WhatsAppSocket,
} from "./whatsapp-port.ts";

export interface HistoryOptions {
  readonly db: Db<"messages" | "chats">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  /** The chat behind a name, which from now on is the other name's chat as well. */
  readonly chatOf: (session: Session, names: { chat: Jid; chatLid: Jid | null }) => Promise<Chat>;
  readonly noteChat: (chatKey: Jid) => Promise<void>;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
}

/**
 * Stores what a phone tells of its past, piece by piece, each until it is stored; what comes in now does not wait for
 * it. It makes no events and nothing unread, and its files are not fetched: there may be tens of thousands. A piece
 * that a crash cut short is stored again from its beginning, which changes nothing of what is there.
 */
export async function takeHistory(options: HistoryOptions, socket: WhatsAppSocket, gone: AbortSignal): Promise<void> {
  const { hold, log, random } = options;
  const signal = AbortSignal.any([gone, hold.signal]);
  const quotes = new HistoryQuotes(options.db, options.ledger.ref);
  for await (const chunk of socket.history(signal)) {
    try {
      await persist("history", () => storeChunk(options, chunk, quotes, signal), { signal, log, random });
    } catch (error) {
      if (!(error instanceof HistoryUnreadable || isPermanent(error))) throw error;
      log.error("history left out, it cannot be read", { error });
    }
    await persist("history", () => chunk.forget(), { signal, log, random });
  }
}

async function storeChunk(
  options: HistoryOptions,
  chunk: HistoryChunk,
  quotes: HistoryQuotes,
  signal: AbortSignal,
): Promise<void> {
  const { hold, ledger, log, now } = options;
  const startedAtMs = now();
  const session = await ledger.session();
  if (session === undefined) return;
  const past = new PastOfSession(options, session, quotes);
  for await (const item of chunk.items()) {
    signal.throwIfAborted();
    hold.check();
    switch (item.type) {
      case "message":
        await past.add(item.entry);
        break;
      case "chat":
      case "person":
        await past.name(item);
        break;
      default:
        item satisfies never;
    }
  }
  await past.flush();
  await quotes.resolve(signal);
  log.info("history stored", { seen: past.seen, stored: past.stored, tookMs: now() - startedAtMs });
}

/** Messages of the past on their way into the store: at most a batch of them, and the chat that they are of. */
class PastOfSession {
  readonly #options: HistoryOptions;
  readonly #session: Session;
  readonly #quotes: HistoryQuotes;
  #batch: PastMessage[] = [];
  #current: { readonly jid: Jid; readonly chat: Chat } | undefined;
  #newest: StoredMessage | undefined;
  seen = 0;
  stored = 0;

  constructor(options: HistoryOptions, session: Session, quotes: HistoryQuotes) {
    this.#options = options;
    this.#session = session;
    this.#quotes = quotes;
  }

  async add(entry: HistoryEntry): Promise<void> {
    this.seen++;
    const chat = await this.#chatOf(entry);
    const message = pastMessage(this.#session, entry, chat);
    if (isOver(message, this.#options.now())) return;
    const sender = senderOf(entry);
    // A message and an edit of it are one. What it says now comes first; what it answers, an edit may not say.
    const same = this.#batch.find(one => one.message.waMessageId === entry.waMessageId && one.sender === sender);
    if (same === undefined) this.#batch.push({ message, sender });
    this.#noteQuote(same?.message ?? message, entry, chat);
    if (same !== undefined) return;
    if (this.#newest === undefined || message.createdAt > this.#newest.createdAt) this.#newest = message;
    if (this.#batch.length === historyAtOnce) await this.#store();
  }

  #noteQuote(message: StoredMessage, { content }: HistoryEntry, chat: Chat): void {
    const quotedWaMessageId = "quotedWaMessageId" in content ? content.quotedWaMessageId : null;
    if (quotedWaMessageId !== null) this.#quotes.add({ message, chat, quotedWaMessageId });
  }

  async name({ chat: jid, lid, name, type }: { type: string; chat: Jid; lid: Jid | null; name: string | null }) {
    await this.flush();
    if (name === null) return;
    const { db, ledger } = this.#options;
    const { key } = await this.#options.chatOf(this.#session, { chat: jid, chatLid: lid });
    await nameChat(db, { tenantId: ledger.ref.tenantId, sessionId: ledger.ref.id, chatKey: key }, name, {
      overwrite: type === "chat",
    });
  }

  /** Stores what is on its way, and shows its chat where its newest message is the newest there is. */
  async flush(): Promise<void> {
    await this.#store();
    const newest = this.#newest;
    this.#newest = undefined;
    this.#current = undefined;
    if (newest !== undefined) await touchChat(this.#options.db, newest);
  }

  async #chatOf(entry: HistoryEntry): Promise<Chat> {
    if (this.#current?.jid === entry.chat) return this.#current.chat;
    await this.flush();
    const chat = await this.#options.chatOf(this.#session, entry);
    this.#current = { jid: entry.chat, chat };
    return chat;
  }

  async #store(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    const [first] = batch;
    if (first === undefined) return;
    await this.#options.noteChat(first.message.chatKey);
    this.#options.hold.check();
    this.stored += await storeHistory(this.#options.db, batch);
  }
}

function pastMessage(
  session: Session,
  { status, reactions, editedAtMs, ...entry }: HistoryEntry,
  chat: Chat,
): StoredMessage {
  const nowMs = entry.whatsappAtMs;
  const message = seenMessage(session, { ...entry, key: "" }, { chat, quotedMessageId: null, nowMs });
  const at = isoTime(entry.whatsappAtMs);
  const first = entry.fromMe ? "sent" : "received";
  return {
    ...message,
    // What WhatsApp still has of it may be gone tomorrow, and nobody fetches it.
    media: message.media && { ...message.media, status: "expired" },
    status,
    editedAt: editedAtMs === null ? null : isoTime(editedAtMs),
    reactions: reactions.map(({ emoji, atMs, ...by }) => ({
      emoji,
      from: by.fromMe ? personOfSession(session) : reactorOf(entry, chat, by),
      at: isoTime(atMs),
    })),
    timeline:
      status === first
        ? [{ status, at }]
        : [
            { status: first, at },
            { status, at },
          ],
  };
}

/** What they are called was told elsewhere, if at all. */
function reactorOf({ chatLid }: Pick<HistoryEntry, "chatLid">, chat: Chat, by: Names): Person {
  const [jid, lid] = by.participant === null ? [chat.id, chatLid] : [by.participant, by.participantLid];
  return personOf({ jid, lid: lid ?? undefined });
}

type Names = Pick<PastReaction, "participant" | "participantLid">;

/** Whether the tenant's retention has ended for it before it came. */
function isOver({ ttl }: StoredMessage, nowMs: number): boolean {
  return ttl !== undefined && ttl * 1_000 <= nowMs;
}
