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
const unknownTries = 2;
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
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** Resolves when it is stored; rejects where it was not and will not be under this hold. */
  take(receipt: MessageReceipt, signal: AbortSignal): Promise<void> {
    if (this.#waiting >= waitingMax)
      return Promise.reject(new TooManyReceipts("receipts come faster than they are stored"));
    this.#waiting++;
    const done = this.#last.then(() => this.#store(receipt, signal)).finally(() => this.#waiting--);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async settled(): Promise<void> {
    await this.#last;
  }

  async #store(receipt: MessageReceipt, signal: AbortSignal): Promise<void> {
    const { hold, log, random } = this.#options;
    for (const waMessageId of receipt.waMessageIds) {
      await persist("receipt", () => this.#advance(waMessageId, receipt, signal), {
        signal: AbortSignal.any([signal, hold.signal]),
        log,
        random,
      });
    }
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

  async #advance(waMessageId: string, receipt: MessageReceipt, signal: AbortSignal): Promise<void> {
    if (receipt.byOwner) return this.#readByOwner(waMessageId);
    this.#options.acked(waMessageId);
    const message = await this.#find(waMessageId, signal);
    // Somebody else's message, or one of a history we do not keep.
    if (message === undefined || message.status === "failed" || message.status === "received") return;
    const { status } = receipt;
    const { ledger } = this.#options;
    // Whichever of this and the ack is written first says `sent`; the other finds it done, and the drain ends the row.
    if (message.status === "queued") {
      await ledger.advance(message, "sent", { type: "message.sent" });
      return this.#advance(waMessageId, receipt, signal);
    }
    if (rankOf(message.status) >= rankOf(status)) return;
    const known = status === "played" && message.status === "read";
    await ledger.advance(message, status, { type: known ? null : eventOf[status], atMs: timeOf(message, receipt) });
  }

  async #find(waMessageId: string, signal: AbortSignal): Promise<StoredMessage | undefined> {
    const { db, ledger } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const found = await findOutbound(db, ledger.ref, waMessageId);
      if (found !== undefined || attempt >= unknownTries) return found;
      // Changes of messages are delivered and read as well, which says nothing.
      if ((await changePayload(db, ledger.ref, waMessageId)) !== undefined) return undefined;
      await pause(unknownPauseMs, [signal]);
    }
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
