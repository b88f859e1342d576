import type { Db } from "../domain/dynamodb/db.ts";
import type { EventType } from "../domain/event/event.ts";
import type { Log } from "../domain/log.ts";
import { changePayload } from "../domain/message/change-store.ts";
import { rankOf, type StoredMessage } from "../domain/message/message.ts";
import { findOutbound } from "../domain/message/store.ts";
import { messagesUnder } from "../domain/message/target.ts";
import { unreadUpTo } from "../domain/message/unread.ts";
import type { Hold } from "./hold.ts";
import { pause } from "./loop.ts";
import { persist } from "./persist.ts";
import type { SessionLedger } from "./session-ledger.ts";
import type { MessageReceipt } from "./whatsapp-port.ts";

export interface ReceiptsOptions {
  readonly db: Db<"messages">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  /** A receipt is also WhatsApp's word that it has the message. */
  readonly acked: (waMessageId: string) => void;
  readonly random: () => number;
  readonly log: Log;
}

/** Many more than a socket brings in the time a write takes; a socket that fills this up is cut and says them again. */
const waitingMax = 5_000;
/** How long a receipt waits for the message that the phone itself sent a moment ago to be stored. */
const unknownPauseMs = 500;

const eventOf = {
  delivered: "message.delivered",
  read: "message.read",
  played: "message.read",
} as const satisfies Record<MessageReceipt["status"], EventType>;

/**
 * Moves sent messages forward as receipts come in, one after the other. Late, repeated and out of order they change
 * nothing; one that overtakes our own `sent` first makes the message sent.
 */
export class Receipts {
  readonly #options: ReceiptsOptions;
  #last: Promise<unknown> = Promise.resolve();
  readonly #taken = new Set<Promise<void>>();
  #waiting = 0;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** Resolves when it is stored; rejects where it was not and will not be under this hold. */
  take(receipt: MessageReceipt, signal: AbortSignal): Promise<void> {
    if (this.#waiting >= waitingMax)
      return Promise.reject(new TooManyReceipts("receipts come faster than they are stored"));
    this.#waiting++;
    const done = this.#takeNow(receipt, signal).finally(() => {
      this.#waiting--;
      this.#taken.delete(done);
    });
    this.#taken.add(done);
    return done;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#taken);
  }

  /** Ids that nobody knows are looked for once more after a pause, all of a receipt together and beside other receipts. */
  async #takeNow(receipt: MessageReceipt, signal: AbortSignal): Promise<void> {
    const unknown = await this.#inTurn(receipt, receipt.waMessageIds, signal);
    if (unknown.length === 0) return;
    await pause(unknownPauseMs, [signal]);
    await this.#inTurn(receipt, unknown, signal);
  }

  /** Moves messages forward, in the order of the receipts; answers which of them are not known. */
  #inTurn(receipt: MessageReceipt, waMessageIds: readonly string[], signal: AbortSignal): Promise<string[]> {
    const done = this.#last.then(() => this.#store(receipt, waMessageIds, signal));
    this.#last = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #store(receipt: MessageReceipt, waMessageIds: readonly string[], signal: AbortSignal): Promise<string[]> {
    const { hold, log, random } = this.#options;
    const unknown: string[] = [];
    for (const waMessageId of waMessageIds) {
      const isKnown = await persist("receipt", () => this.#advance(waMessageId, receipt), {
        signal: AbortSignal.any([signal, hold.signal]),
        log,
        random,
      });
      if (!isKnown) unknown.push(waMessageId);
    }
    return unknown;
  }

  /** Read on the phone is read here: that message of somebody else's, and all before it. */
  async #readByOwner(waMessageId: string): Promise<void> {
    const { db, ledger } = this.#options;
    const seen = await messagesUnder(db, ledger.ref, waMessageId);
    const [message] = seen.filter(({ status }) => status === "received");
    if (message === undefined) return;
    for (const unread of await unreadUpTo(db, message)) {
      await ledger.change(unread, { change: { kind: "read" }, by: null, cause: ["own device"] });
    }
  }

  /** Answers false where no message is known under the id, though one may be stored in a moment. */
  async #advance(waMessageId: string, receipt: MessageReceipt): Promise<boolean> {
    if (receipt.byOwner) {
      await this.#readByOwner(waMessageId);
      return true;
    }
    const { db, ledger } = this.#options;
    this.#options.acked(waMessageId);
    const message = await findOutbound(db, ledger.ref, waMessageId);
    // Changes of messages are delivered and read as well, which says nothing.
    if (message === undefined) return (await changePayload(db, ledger.ref, waMessageId)) !== undefined;
    const { status } = receipt;
    if (message.status === "failed" || message.status === "received") return true;
    // Whichever of this and the ack is written first says `sent`; the other finds it done, and the drain ends the row.
    if (message.status === "queued") {
      await ledger.advance(message, "sent", { type: "message.sent" });
      return this.#advance(waMessageId, receipt);
    }
    if (rankOf(message.status) >= rankOf(status)) return true;
    const known = status === "played" && message.status === "read";
    await ledger.advance(message, status, { type: known ? null : eventOf[status], atMs: timeOf(message, receipt) });
    return true;
  }
}

/** WhatsApp's times are to the second: a timeline that goes on earlier than it went before would puzzle its reader. */
function timeOf(message: StoredMessage, receipt: MessageReceipt): number {
  return Math.max(receipt.atMs, ...message.timeline.map(entry => Date.parse(entry.at)));
}

/** More receipts wait than are kept in memory: the socket must go, and WhatsApp keeps the rest. */
class TooManyReceipts extends Error {
  override readonly name = "TooManyReceipts";
  readonly code = "too_many_receipts";
}
