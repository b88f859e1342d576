import { isoTime } from "../domain/clock.ts";
import type { MessageRow } from "../domain/outbox/outbox.ts";
import type { Session } from "../domain/session/session.ts";
import { expired, sessionDisconnected } from "./failures.ts";
import { LeaseLost } from "./hold.ts";
import type { LiveSocket } from "./live-socket.ts";
import { pause } from "./loop.ts";
import { isOfCampaign, nextToSend, oldestMessages, type Picks, queuedMessages } from "./outbox-picks.ts";
import { sendChange } from "./send-change.ts";
import { failRow, isExpired, type Sending, sendMessage } from "./send-message.ts";

/** How many messages of different chats may wait for WhatsApp's word at once. */
const windowMax = 8;
const expiredPerLook = 25;

/** What is in flight, by chat. */
type Busy = Map<string, { readonly row: MessageRow; readonly done: Promise<void> }>;
const doneOf = (busy: Busy) => [...busy.values()].map(({ done }) => done);

/**
 * Empties one session's outbox: whenever it is rung it sends what may be sent, at most one message of a chat at a
 * time (so that they leave in the order of acceptance), at most one of a campaign, and eight in all.
 *
 *     ring ──▶ turning: pick (high, normal, low) ──▶ in flight ──▶ settled ──▶ pick again … until nothing is left
 *
 * Rung while it turns, it looks again. A postponed message waits for the next ring, which comes every 15 s at the latest.
 */
export class OutboxDrain {
  readonly #sending: Sending;
  #live: LiveSocket | undefined;
  #rung = false;
  #bell = Promise.withResolvers<void>();
  #turning: Promise<void> | undefined;
  #stopped = false;

  constructor(sending: Sending) {
    this.#sending = sending;
  }

  /** A new connection, which sends from now on. */
  use(live: LiveSocket): void {
    this.#sending.tries.beginAnew();
    this.#sendBy(live);
  }

  #sendBy(live: LiveSocket): void {
    this.#live = live;
    this.ring();
  }

  ring(): void {
    this.#rung = true;
    this.#bell.resolve();
    if (this.#stopped || this.#turning !== undefined) return;
    this.#turning = this.#turn().finally(() => {
      this.#turning = undefined;
      // Only where there is a socket to send by: else a ring that comes as the socket goes would turn for ever.
      if (this.#rung && this.#sends) this.ring();
    });
  }

  /** Begins nothing more; resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#turning;
  }

  get #sends(): boolean {
    return this.#live !== undefined && !this.#live.gone.aborted && !this.#stopped;
  }

  async #turn(): Promise<void> {
    const { log } = this.#sending;
    try {
      await this.#sendAll();
    } catch (error) {
      // The rows are still there; the next ring tries again.
      if (!(error instanceof LeaseLost)) log.warn("outbox not drained, it will be tried again", { error });
    }
  }

  async #sendAll(): Promise<void> {
    const busy: Busy = new Map();
    // What is accepted from now on rings: what has been read to its end need not be read again.
    let isAllPicked = false;
    while (this.#sends) {
      if (this.#rung) isAllPicked = false;
      this.#rung = false;
      this.#bell = Promise.withResolvers();
      this.#sending.hold.check();
      const picks: Picks | undefined = isAllPicked || busy.size >= windowMax ? undefined : await this.#pick(busy);
      for (const row of picks?.rows ?? []) this.#begin(row, this.#live, busy);
      if (picks !== undefined) isAllPicked = picks.isAll;
      if (busy.size === 0) return;
      const mayPickMore = picks !== undefined && picks.rows.length > 0 && !isAllPicked && busy.size < windowMax;
      // A high one may be accepted while these wait for WhatsApp's word: the bell wakes as well as the word.
      if (!mayPickMore) await Promise.race([...doneOf(busy), this.#bell.promise]);
    }
    await Promise.all(doneOf(busy));
  }

  #pick(busy: Busy): Promise<Picks> {
    const { db, ledger, now, tries } = this.#sending;
    const chats = new Set(busy.keys());
    const isCampaignBusy = [...busy.values()].some(({ row }) => isOfCampaign(row));
    const count = windowMax - busy.size;
    const isWaiting = (row: MessageRow) => tries.isWaiting(row);
    return nextToSend(db, ledger.ref, { busy: chats, count, nowIso: isoTime(now()), isCampaignBusy, isWaiting });
  }

  #begin(row: MessageRow, live: LiveSocket | undefined, busy: Busy): void {
    if (live === undefined) return;
    const done = this.#sendOne(row, live).finally(() => busy.delete(row.chatKey));
    busy.set(row.chatKey, { row, done });
  }

  async #sendOne(row: MessageRow, live: LiveSocket): Promise<void> {
    try {
      await (row.type === "message.send"
        ? sendMessage(this.#sending, row, live)
        : sendChange(this.#sending, row, live));
    } catch (error) {
      if (error instanceof LeaseLost) return;
      this.#sending.log.warn("message not sent, the outbox stays", { messageId: row.messageId, error });
      // The socket is about to end, or the database does not answer: without a pause the same row would come at once.
      this.#live = this.#live === live ? undefined : this.#live;
      void this.#resumeLater(live);
    }
  }

  async #resumeLater(live: LiveSocket): Promise<void> {
    await pause(pauseAfterFailureMs, [live.gone]);
    if (!live.gone.aborted && !this.#stopped && this.#live === undefined) this.#sendBy(live);
  }
}

const pauseAfterFailureMs = 2_000;

/**
 * What is done for the messages of a session without a socket: those that waited for 24 hours expire, and all of them
 * fail where the session was logged out or banned, or is being deleted.
 */
export async function settleWithoutSocket(sending: Sending, session: Session | undefined): Promise<void> {
  const { db, hold, ledger, now } = sending;
  if (session === undefined || losesItsQueue(session)) {
    for await (const row of queuedMessages(db, ledger.ref)) {
      hold.check();
      await failRow(sending, row, sessionDisconnected);
    }
    return;
  }
  for (let all = true; all; ) {
    const oldest = await oldestMessages(db, ledger.ref, expiredPerLook);
    const late = oldest.filter(row => isExpired(row, now()));
    for (const row of late) {
      hold.check();
      await failRow(sending, row, expired);
    }
    // Behind ones that have waited too long there may be more.
    all = late.length > 0 && late.length === oldest.length;
  }
}

/** Whether messages that still wait can only fail: nothing but a new link, by a person, would bring the session back. */
export function losesItsQueue(session: Session): boolean {
  if (session.status === "stopped") return true;
  if (session.status !== "disconnected") return false;
  return (
    !session.linked || session.lastDisconnect?.reason === "banned" || session.lastDisconnect?.reason === "logged_out"
  );
}
