import { type Chat, chatOf } from "../domain/chat/chat.ts";
import { joinNames } from "../domain/chat/join.ts";
import { noteChat } from "../domain/chat/known-chats.ts";
import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { isGroup, isLid, type Jid, type Person, personOf } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import { personOfSession } from "../domain/message/outgoing.ts";
import { messageIdOf } from "../domain/message/seen.ts";
import { messagesUnder } from "../domain/message/target.ts";
import type { Session } from "../domain/session/session.ts";
import type { ToldName } from "./contact-names.ts";
import { type Hold, LeaseLost } from "./hold.ts";
import type { JournalEntry, SealedContent } from "./keys/journal-entry.ts";
import { isPermanent, persist } from "./persist.ts";
import { RecentSet } from "./recent-set.ts";
import { openedEntry } from "./sealed-changes.ts";
import { type ChangeContent, changeOf, isChangeContent, targetOf } from "./seen-change.ts";
import { fetchOf, seenMessage, senderOf, writerOf } from "./seen-message.ts";
import type { SessionLedger } from "./session-ledger.ts";
import type { WhatsAppSocket } from "./whatsapp-port.ts";

export interface InboxOptions {
  readonly db: Db<"messages" | "chats">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  /** A message came whose file is to be fetched. */
  readonly onFile: () => void;
  /** Somebody's message says what they go by. */
  readonly onName: (told: ToldName) => void;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
}

/** A socket as far as its inbox needs it. */
type JournalSocket = Pick<WhatsAppSocket, "journal" | "openSealed">;

const namesRemembered = 500;
const linksWaitingMax = 2_000;

/**
 * Turns what the journal holds into messages of the history, in order, each stored before it is forgotten. An entry
 * that cannot be stored now is tried until it can: the ones behind it wait in the journal, which is durable.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #linked = new RecentSet(namesRemembered);
  readonly #chats = new RecentSet(namesRemembered);
  #links: Promise<unknown> = Promise.resolve();
  #linking = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Stores entries until the signal aborts; throws LeaseLost when the shard is no longer held. */
  async consume(socket: JournalSocket, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#options.hold.signal]);
    for await (const entry of socket.journal.entries(stop)) {
      if (stop.aborted) return;
      await this.#take(socket, entry, stop);
    }
  }

  async #take(socket: JournalSocket, entry: JournalEntry, stop: AbortSignal): Promise<void> {
    try {
      await this.#persist("inbound message", stop, async () => {
        await this.#store(socket, entry);
        this.#hearName(entry);
        await socket.journal.forget(entry);
      });
    } catch (error) {
      if (!isPermanent(error)) throw error;
      // One that can never be stored must not hold back the rest. It stays in the journal, and is tried at each opening.
      this.#options.log.error("inbound message set aside", { waMessageId: entry.waMessageId, error });
    }
  }

  /**
   * Remembers that two names are one person, one pair after the other. Where more come at once than are kept in mind,
   * the rest is left: a message that comes under either name brings both again.
   */
  link(lid: Jid, pn: Jid, signal: AbortSignal): void {
    if (!isLid(lid) || isLid(pn) || isGroup(pn) || this.#linked.has(`${lid} ${pn}`)) return;
    if (this.#linking >= linksWaitingMax) return;
    this.#linking++;
    this.#links = this.#links
      .then(() => this.#persist("names of one person", signal, () => this.#linkNow(lid, pn)))
      .catch(error => {
        if (!isStopped(error, signal)) this.#options.log.error("names not linked", { error });
      })
      .finally(() => this.#linking--);
  }

  /** Notes a chat before its first message is sent or stored, once. */
  async noteChat(chatKey: Jid): Promise<void> {
    if (this.#chats.has(chatKey)) return;
    await noteChat(this.#options.db, this.#options.ledger.ref, chatKey);
    this.#chats.add(chatKey);
  }

  #persist(what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { log, random } = this.#options;
    return persist(what, work, { signal, log, random });
  }

  async #linkNow(lid: Jid, pn: Jid): Promise<void> {
    const { db, hold, ledger } = this.#options;
    hold.check();
    await joinNames(db, ledger.ref, { known: pn, other: lid });
    this.#linked.add(`${lid} ${pn}`);
  }

  async #store(socket: JournalSocket, entry: JournalEntry): Promise<void> {
    const { ledger, hold } = this.#options;
    hold.check();
    const session = await ledger.recentSession();
    // Deleted while its last messages came in: there is no history left to put them in.
    if (session === undefined) return;
    const { content } = entry;
    const opened = content.type === "sealed" ? await this.#open(socket, session, entry, content) : entry;
    if (opened !== undefined) await this.#storeOpen(session, opened);
  }

  /** What somebody says about a message that only its secret opens; of one that does not open, nothing can be told. */
  async #open(socket: JournalSocket, session: Session, entry: JournalEntry, content: SealedContent) {
    const candidates = await messagesUnder(this.#options.db, session, content.targetWaMessageId);
    const chat = await this.chatOf(session, entry);
    const opened = openedEntry(socket, session, { entry, content, chat }, candidates);
    const { waMessageId } = entry;
    if (opened === undefined) {
      this.#options.log.warn("sealed change not opened", { waMessageId, use: content.use, known: candidates.length });
    }
    return opened;
  }

  async #storeOpen(session: Session, entry: JournalEntry): Promise<void> {
    const { ledger, log } = this.#options;
    if (isChangeContent(entry.content)) return this.#change(session, entry, entry.content);
    const message = await this.#messageOf(session, entry);
    const fetch = fetchOf(session, entry, message);
    const unreadable = entry.content.type === "undecryptable";
    const stored = unreadable
      ? await ledger.noteUndecryptable(message, senderOf(entry))
      : await ledger.storeSeen(message, senderOf(entry), fetch);
    if (fetch !== undefined) this.#options.onFile();
    const lagMs = this.#options.now() - entry.receivedAtMs;
    const { direction, type, id: messageId } = message;
    log.info("message seen", { messageId, direction, type, unreadable, repeated: !stored, lagMs });
  }

  #hearName(entry: JournalEntry): void {
    const { chat, participant, pushName: name, whatsappAtMs: atMs, waMessageId } = entry;
    if (entry.fromMe || name === null) return;
    this.#options.onName({ person: participant ?? chat, name, atMs, cause: [senderOf(entry), waMessageId] });
  }

  /** Somebody's change of a message; one of a message that is not kept here says nothing. */
  async #change(session: Session, entry: JournalEntry, content: ChangeContent): Promise<void> {
    const { db, ledger, log } = this.#options;
    const chat = await this.chatOf(session, entry);
    const change = changeOf(content);
    const person = entry.fromMe ? personOfSession(session) : writerOf(entry, chat);
    const candidates = await messagesUnder(db, session, content.targetWaMessageId);
    const target = targetOf(candidates, { chat, person, fromMe: entry.fromMe }, change);
    const seen = { waMessageId: entry.waMessageId, sender: senderOf(entry) };
    const cause = [seen.waMessageId, seen.sender];
    const done = target !== undefined && (await ledger.change(target, { change, by: person, cause, seen }));
    log.info("change seen", { messageId: target?.id, change: change.kind, done });
  }

  /** The chat behind one or two names of it, which are one chat from now on. */
  async chatOf(session: Session, { chat: jid, chatLid }: Pick<JournalEntry, "chat" | "chatLid">): Promise<Chat> {
    if (chatLid !== null && !isGroup(jid) && !isLid(jid) && !this.#linked.has(`${chatLid} ${jid}`)) {
      await this.#linkNow(chatLid, jid);
    }
    return chatOf(this.#options.db, session, jid);
  }

  async #messageOf(session: Session, entry: JournalEntry) {
    const { db, now } = this.#options;
    const { content } = entry;
    const chat = await this.chatOf(session, entry);
    if (content.type !== "undecryptable") await this.noteChat(chat.key);
    const quoted = "quotedWaMessageId" in content ? content.quotedWaMessageId : null;
    const quotedMessageId = quoted === null ? null : ((await messageIdOf(db, session, chat, quoted)) ?? null);
    const named = content.type === "text" ? (content.mentions ?? []) : [];
    const mentions = await Promise.all(named.map(jid => this.#personNamed(session, jid)));
    return seenMessage(session, entry, { chat, quotedMessageId, mentions, nowMs: now() });
  }

  /** Somebody whom a text names, with their number where it is known. */
  async #personNamed(session: Session, jid: Jid): Promise<Person> {
    const { id } = await chatOf(this.#options.db, session, jid);
    return personOf({ jid: id, lid: isLid(jid) ? jid : undefined });
  }
}

/** Whether an error of a consumer means that it was told to stop. */
export function isStopped(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof LeaseLost;
}
