import type { DeviceAddress } from "./device-address.ts";
import { SERVER_JID, type Stanza, stanza } from "./stanza.ts";
import type { QueuedStanza, StanzaQueue } from "./stanza-queue.ts";

const BATCH = 100;

export interface MailboxParts {
  readonly queue: StanzaQueue;
  readonly address: () => DeviceAddress | undefined;
  /** Whether a stanza would reach the client now. */
  readonly isReachable: () => boolean;
  /** Whether a fault keeps the offline queue from going on. */
  readonly isStalled: () => boolean;
  readonly send: (stanza: Stanza) => void;
}

/**
 * The mail of one connection.
 *
 *     closed ──open, something waits──▶ windows ──the last was given out──▶ live
 *        └─────────open, nothing waits─────────────────────────────────────▶ live
 *
 * What waited when the client asked for its mail is announced by `<offline_preview>`, given out only as it is asked for
 * (at most `count` stanzas for each `<offline_batch>`), and ended by `<offline>`. Nothing new is sent before that.
 * A status or channel post that the client once refused comes first, and all else waits until it is acknowledged
 * plainly (measured by others: Baileys#2779).
 * Measured by others: zapo#269 (a queue longer than one window never drained), whatsapp-rust#125 (nothing live before
 * `<offline>`) and #629. Guess: a new request replaces what is left of the earlier one.
 */
export class Mailbox {
  readonly #parts: MailboxParts;
  #stage: "closed" | "windows" | "live" = "closed";
  #allowance = 0;
  /** The last stanza that was sent. */
  #seq = 0;
  /** The last stanza that waited when the mailbox was opened. */
  #lastWaiting = 0;
  #given = 0;
  #heldBackGiven = false;

  constructor(parts: MailboxParts) {
    this.#parts = parts;
  }

  /** The client takes mail from now on. */
  open(): void {
    const address = this.#parts.address();
    if (address === undefined) return;
    const waiting = this.#parts.queue.waiting(address);
    this.#stage = "windows";
    this.#lastWaiting = waiting.lastSeq;
    const { count, message, receipt, notification } = waiting;
    if (count === 0) this.#end();
    else this.#tell(stanza("offline_preview", textOf({ count, message, receipt, notification, appdata: 0 })));
  }

  /** The client asks for the next window. */
  request(count: number): void {
    this.#allowance = count;
    this.pump();
  }

  /** Sends what may be sent now. */
  pump(): void {
    if (this.#stage === "windows") this.#giveOut();
    if (this.#stage === "live") this.#sendNew();
  }

  #giveOut(): void {
    const { isReachable, isStalled } = this.#parts;
    if (this.#isBlocked()) return;
    while (this.#stage === "windows" && this.#allowance > 0 && isReachable() && !isStalled()) {
      const batch = this.#next(Math.min(this.#allowance, BATCH)).filter(({ seq }) => seq <= this.#lastWaiting);
      for (const queued of batch) this.#send(queued, String(this.#given++));
      this.#allowance -= batch.length;
      if (this.#next(1).every(({ seq }) => seq > this.#lastWaiting)) this.#end();
    }
  }

  /** Whether something that was refused before is in the way; it is given out once a connection. */
  #isBlocked(): boolean {
    const address = this.#parts.address();
    const heldBack = address === undefined ? [] : this.#parts.queue.heldBack(address);
    if (heldBack.length > 0 && !this.#heldBackGiven && this.#allowance > 0) {
      this.#heldBackGiven = true;
      for (const { stanza: refused } of heldBack) {
        this.#parts.send({ ...refused, attrs: { ...refused.attrs, offline: String(this.#given++) } });
      }
    }
    return heldBack.length > 0;
  }

  #sendNew(): void {
    for (let batch = this.#next(BATCH); batch.length > 0; batch = this.#next(BATCH)) {
      for (const queued of batch) this.#send(queued, undefined);
    }
  }

  #end(): void {
    this.#stage = "live";
    this.#tell(stanza("offline", { count: String(this.#given) }));
  }

  #next(limit: number): QueuedStanza[] {
    const address = this.#parts.address();
    if (address === undefined || !this.#parts.isReachable()) return [];
    return this.#parts.queue.after(address, this.#seq, limit);
  }

  #send({ seq, stanza: queued }: QueuedStanza, offline: string | undefined): void {
    this.#seq = seq;
    this.#parts.send(offline === undefined ? queued : { ...queued, attrs: { ...queued.attrs, offline } });
  }

  #tell(child: Stanza): void {
    this.#parts.send(stanza("ib", { from: SERVER_JID }, [child]));
  }
}

function textOf(counts: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]));
}
