import { type CallData, kindOfCall, noteCall } from "../domain/call/call.ts";
import { isoTime, type Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { TransactItem } from "../domain/dynamodb/transaction.ts";
import type { EventType, WasaasEvent } from "../domain/event/event.ts";
import type { EventRow } from "../domain/event/log.ts";
import type { StoredGroup } from "../domain/group/group.ts";
import { writeGroup } from "../domain/group/store.ts";
import type { Person } from "../domain/jid.ts";
import {
  changedMessage,
  eventOfChange,
  isMeaningless,
  type SeenChange,
  unchangedMessage,
} from "../domain/message/change.ts";
import { type ChangeStep, writeChange } from "../domain/message/change-store.ts";
import { afterFetch, announceFetch, endFetch, type FetchOutcome } from "../domain/message/fetch-store.ts";
import { type MessageError, type MessageRef, publicMessage, type StoredMessage } from "../domain/message/message.ts";
import { noteUndecryptable } from "../domain/message/seen.ts";
import { advanceMessage, findMessage, type StatusStep, storeSeenMessage } from "../domain/message/store.ts";
import type { MediaFetch, MessageChange, OutboxRow } from "../domain/outbox/outbox.ts";
import { firstConnection } from "../domain/session/first-connection.ts";
import { publicSession } from "../domain/session/public-session.ts";
import type { Session, SessionRef, SessionStatus } from "../domain/session/session.ts";
import { changeSessionStatus, deleteSession, type StatusFields } from "../domain/session/store.ts";
import { dataOfChange, typeOfSeen } from "./event-of-message.ts";
import type { EventOutlet } from "./event-outlet.ts";
import type { Hold } from "./hold.ts";
import { NextEvent } from "./next-event.ts";
import { RecentSession } from "./recent-session.ts";

export interface LedgerOptions {
  readonly db: Db<"sessions" | "messages" | "chats" | "outbox" | "events" | "usage">;
  readonly outlet: EventOutlet;
  readonly ref: SessionRef;
  readonly hold: Hold;
  readonly now: Now;
}

export interface StatusWords {
  /** The status it has already, unless told. */
  readonly status?: SessionStatus;
  readonly fields: StatusFields;
  /** What is said besides `session.status`, which is said whenever the status is another than before. */
  readonly also?: readonly EventType[];
  readonly rows?: readonly TransactItem[];
}

type Once = Pick<ChangeStep, "seen" | "endsRow">;

/**
 * The one place where a held session writes what happened to it: each change with its events in one transaction, one
 * change after the other so that sequences rise in the order of the log, nothing once the hold is lost, and published
 * after it is written.
 */
export class SessionLedger {
  readonly #options: LedgerOptions;
  readonly #session: RecentSession;
  readonly #event: NextEvent;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#session = new RecentSession(options.db, options.ref, options.now);
    this.#event = new NextEvent(options.db, this.#session, options.hold);
  }

  get ref(): SessionRef {
    return this.#options.ref;
  }

  /** The session as it is now, or undefined where it is gone. */
  session(): Promise<Session | undefined> {
    return this.#session.read();
  }

  /**
   * The session as it was at most five seconds ago: for what is in every event, and changes by a customer's request
   * alone, which rings (`forget`). Its status is the one that this ledger wrote.
   */
  recentSession(): Promise<Session | undefined> {
    return this.#session.recent();
  }

  /** Has the session read anew: somebody rang. */
  forget(): void {
    this.#session.forget();
  }

  /**
   * Writes a status. Answers the session as it is then; undefined, having written nothing, where it is gone, is being
   * deleted, or a newer owner has had its word.
   */
  changeStatus(words: StatusWords): Promise<Session | undefined> {
    return this.#inOrder(async () => {
      const { db, hold, now } = this.#options;
      const session = await this.session();
      if (session === undefined) return undefined;
      const nowMs = now();
      const fields = { ...words.fields, ...firstConnection(session, words.fields) };
      const status = words.status ?? session.status;
      const next: Session = { ...session, ...fields, status };
      const data = await sessionData(next, nowMs, session.status);
      const said: EventType[] = session.status === status ? [] : ["session.status"];
      const events: EventRow[] = [];
      for (const type of [...said, ...(words.also ?? [])])
        events.push(await this.#event.ofState(session, type, data, nowMs));
      hold.check();
      const change = { session, status, fields, epoch: hold.epoch, nowMs, events, rows: words.rows ?? [] };
      const written = await changeSessionStatus(db, change);
      this.forget();
      if (written !== undefined) this.#published(events);
      return written;
    });
  }

  /** Ends the session with its last event. False where it is gone already. */
  deleteWith(session: Session, rows: readonly TransactItem[]): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, now } = this.#options;
      const event = await this.#event.ofState(session, "session.deleted", await sessionData(session), now());
      hold.check();
      const gone = await deleteSession(db, session, event, rows);
      this.forget();
      if (gone) this.#published([event]);
      return gone;
    });
  }

  /**
   * Moves an outbound message forward and says so under `type` (null: says nothing). Answers false, having written
   * nothing, where it is there already or further.
   */
  advance(
    message: StoredMessage,
    status: StatusStep["status"],
    more: { type: EventType | null; error?: MessageError; endsRow?: OutboxRow; atMs?: number },
  ): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, now } = this.#options;
      const nowMs = now();
      const at = isoTime(more.atMs ?? nowMs);
      const error = more.error ?? null;
      const data = publicMessage({ ...message, status, error, updatedAt: at });
      const event = more.type === null ? undefined : await this.#event.of(more.type, data, [message.id, status], nowMs);
      if (event === "gone") return false;
      hold.check();
      const moved = await advanceMessage(db, { message, status, error, at, event, endsRow: more.endsRow });
      if (moved && event !== undefined) this.#published([event]);
      return moved;
    });
  }

  /**
   * Stores a message that came in (`message.received`) or that the phone itself sent (`message.sent_from_phone`). One
   * with a file to fetch is not said yet.
   */
  storeSeen(message: StoredMessage, sender: string, fetch?: MediaFetch): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, now } = this.#options;
      const cause = [message.waMessageId, sender];
      const said = () => this.#event.of(typeOfSeen(message), publicMessage(message), cause, now());
      const event = fetch === undefined ? await said() : undefined;
      if (event === "gone") return false;
      hold.check();
      const stored = await storeSeenMessage(db, { message, sender, event, fetch });
      if (stored && event !== undefined) this.#published([event]);
      return stored;
    });
  }

  /** The message that a row of the outbox is about, or undefined where it is gone. */
  message(row: MediaFetch): Promise<StoredMessage | undefined> {
    return findMessage(this.#options.db, { ...row, id: row.messageId });
  }

  /** Tells of a message whose file has not come yet. Answers false where it was told of before. */
  announceFetch(row: MediaFetch): Promise<boolean> {
    return this.#inOrder(async () => {
      const message = await this.message(row);
      const event = message && (await this.#received(row, message));
      this.#options.hold.check();
      const announced = await announceFetch(this.#options.db, row, event);
      if (announced && event !== undefined) this.#published([event]);
      return announced;
    });
  }

  /** Ends a row with what became of its file, and tells of its message if that was not done before. */
  endFetch(row: MediaFetch, outcome: FetchOutcome): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, now } = this.#options;
      const message = await this.message(row);
      const after = message && afterFetch(message, outcome, isoTime(now()));
      const event = after && !row.announced ? await this.#received(row, after) : undefined;
      hold.check();
      const told = event !== undefined && (await endFetch(db, { row, after, event }));
      if (told) this.#published([event]);
      return told || endFetch(db, { row, after, event: undefined });
    });
  }

  /**
   * Writes what somebody did to a message that is there already, or why it `failed`, and says so. Answers false, having
   * written nothing, where it was written before, or the message is gone or makes it pointless; throws where the message
   * was written to in between.
   */
  change(
    ref: MessageRef,
    made: Once & { by: Person | null; cause: string[] } & (
        | { change: MessageChange; failed?: MessageError }
        | { change: SeenChange; failed?: undefined }
      ),
  ): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, now } = this.#options;
      const { change, by, cause, failed, ...once } = made;
      const before = await findMessage(db, ref);
      if (before === undefined || isMeaningless(before, change)) return false;
      const at = isoTime(now());
      const after = made.failed
        ? unchangedMessage(before, made.change, made.failed, at)
        : changedMessage(before, change, by, at);
      const data = dataOfChange(after, failed ? undefined : change, by);
      const event = await this.#event.of(eventOfChange(change), data, [before.id, ...cause], now());
      if (event === "gone") return false;
      hold.check();
      const written = await writeChange(db, { before, after, event, ...once });
      if (written) this.#published([event]);
      return written;
    });
  }

  /** Says that a message came that cannot be read. */
  noteUndecryptable(message: StoredMessage, sender: string): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, ref, now } = this.#options;
      const cause = [message.waMessageId, sender];
      const event = await this.#event.of("message.undecryptable", publicMessage(message), cause, now());
      if (event === "gone") return false;
      hold.check();
      const noted = await noteUndecryptable(db, ref, { waMessageId: message.waMessageId, sender, event });
      if (noted) this.#published([event]);
      return noted;
    });
  }

  /** Keeps a group as it is now, and says what changed. Answers false where it is not as it was read any more. */
  group(step: {
    before: StoredGroup | undefined;
    after: StoredGroup;
    told: { data: WasaasEvent["data"]; cause: string[] } | undefined;
  }): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, ref, now } = this.#options;
      const { before, after, told } = step;
      const event = told && (await this.#event.of("group.updated", told.data, told.cause, now()));
      if (event === "gone") return true;
      hold.check();
      const written = await writeGroup(db, ref, { before, after, event });
      if (written && event !== undefined) this.#published([event]);
      return written;
    });
  }

  /** Says that somebody calls, or that a call is over; of one whose offer was never seen, nothing. */
  call(seen: CallData): Promise<boolean> {
    return this.#inOrder(async () => {
      const { db, hold, ref, now } = this.#options;
      const kind = seen.status === "offered" ? seen.kind : await kindOfCall(db, ref, seen.callId);
      if (kind === undefined) return false;
      const call = { ...seen, kind };
      const event = await this.#event.of("call.received", call, [call.callId, call.status], now());
      if (event === "gone") return false;
      hold.check();
      const noted = await noteCall(db, ref, call, event);
      if (noted) this.#published([event]);
      return noted;
    });
  }

  /** Resolves when every change asked for so far is written or refused. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** Under the same id whenever it is told; undefined where its session is gone. */
  async #received({ waMessageId, sender }: MediaFetch, message: StoredMessage): Promise<EventRow | undefined> {
    const cause = [waMessageId, sender];
    const event = await this.#event.of(typeOfSeen(message), publicMessage(message), cause, this.#options.now());
    return event === "gone" ? undefined : event;
  }

  #published(events: readonly EventRow[]): void {
    this.#options.outlet.publish(events);
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.then(noValue, noValue);
    return result;
  }
}

const noValue = () => undefined;

/** The session as its event shows it, its new status already in the list of statuses. */
async function sessionData(session: Session, nowMs?: number, before?: SessionStatus): Promise<WasaasEvent["data"]> {
  const changed = nowMs !== undefined && before !== session.status;
  const statuses = changed ? [...session.statuses, { status: session.status, at: isoTime(nowMs) }] : session.statuses;
  return publicSession({ ...session, statuses: statuses.slice(-10) });
}
