import type { Now } from "../../domain/clock.ts";
import { historyPrefix } from "./key-item.ts";
import type { VersionedTable } from "./key-table.ts";
import type { ExclusiveRecords, SignalRecords } from "./signal-records.ts";

interface NoticesTable extends VersionedTable {
  page(prefix: string, after: string, limit: number): Promise<{ sk: string }[]>;
}

/** What the phone said of a piece of its past: its encoded HistorySyncNotification. */
export interface HistoryNotice {
  /** Its place in the table. */
  readonly key: string;
  readonly notification: Uint8Array;
}

/**
 * Notices of history, durable since the commit that moved the ratchet past them, and until what they tell of is stored.
 * They stand apart from the journal: a piece of history takes long, and what comes in now must not wait for it.
 */
export class HistoryNotices {
  readonly #table: NoticesTable;
  readonly #records: SignalRecords;
  readonly #now: Now;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(options: { readonly table: NoticesTable; readonly records: SignalRecords; readonly now: Now }) {
    this.#table = options.table;
    this.#records = options.records;
    this.#now = options.now;
  }

  /** Puts a notice into the commit of the work that decrypted it. */
  record(records: ExclusiveRecords, waMessageId: string, notification: Uint8Array): void {
    const sk = `${historyPrefix}${String(this.#now()).padStart(15, "0")}#${waMessageId}`;
    records.addRow({ sk, plain: notification, expected: 0, cached: false });
    records.afterwards(() => this.#wake?.());
  }

  /** The notices, oldest first, each again until it is forgotten; waits for new ones until the signal aborts. */
  async *waiting(signal: AbortSignal): AsyncGenerator<HistoryNotice> {
    const wake = () => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted && !this.#closed) {
        const woken = new Promise<void>(resolve => {
          this.#wake = resolve;
        });
        const notice = await this.#first();
        if (signal.aborted || this.#closed) return;
        if (notice === undefined) await woken;
        else yield notice;
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  async forget({ key }: HistoryNotice): Promise<void> {
    await this.#records.exclusively(async records => records.addRow({ sk: key, plain: null, cached: true }));
    await this.#records.durable();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async #first(): Promise<HistoryNotice | undefined> {
    try {
      const [row] = await this.#table.page(historyPrefix, historyPrefix, 1);
      if (row === undefined) return undefined;
      // Read whole: a page gives the first part of a value that takes several items.
      const plain = (await this.#table.read([row.sk])).get(row.sk)?.plain;
      return plain === undefined ? undefined : { key: row.sk, notification: plain };
    } catch (error) {
      // A failure of the table ends the session's keys, and is told by them.
      if (this.#closed) return undefined;
      throw error;
    }
  }
}
