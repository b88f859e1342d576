import type { Now } from "../../domain/clock.ts";
import type { InboundJournal } from "./inbound-journal.ts";
import { type Arrival, arrivalName, type InboundContent, JournalEntry } from "./journal-entry.ts";
import { failedPrefix, journalPrefix } from "./key-item.ts";
import type { VersionedTable } from "./key-table.ts";
import type { Change } from "./key-writes.ts";
import { RecentNames } from "./recent-names.ts";
import type { ExclusiveRecords, SignalRecords } from "./signal-records.ts";

/** Where the journal's rows are read and taken out, besides being written with the records. */
interface JournalTable extends VersionedTable {
  page(prefix: string, after: string, limit: number): Promise<{ sk: string; plain: Uint8Array }[]>;
  remove(sk: string): Promise<void>;
  fail(failure: Error): void;
}

export interface JournalOptions {
  readonly table: JournalTable;
  readonly records: SignalRecords;
  readonly now: Now;
  /** How long a message that cannot be read is waited for, since its sender is asked for it again. */
  readonly undecryptableAfterMs: number;
}

const freshMax = 200;
const pageSize = 50;
const standingMax = 1_000;

/** A row of this ownership that is in the table; it goes when it is both stored by the host and known to WhatsApp. */
interface Standing {
  readonly waMessageId: string;
  stored: boolean;
  told: boolean;
}

/**
 *     arrival ─decrypted─▶ journal#… ─read─▶ the host ─forget, and WhatsApp knows of our receipt─▶ gone
 *        └─not readable─▶ failed#… ─comes after all─▶ journal#…
 *                             └─waited long enough─▶ journal#…, undecryptable
 *
 * A row outlives `forget` until WhatsApp has acknowledged our receipt: until then it may send the message again, and
 * its ratchet has moved on, so that this row is the only way to know that it is not a new one.
 */
export class Journal implements InboundJournal {
  readonly #options: JournalOptions;
  readonly #seen = new RecentNames();
  /** Messages whose entry says that they cannot be read: should one still come readable, it is a new entry. */
  readonly #givenUp = new RecentNames();
  readonly #failed = new Map<string, { sk: string; entry: JournalEntry }>();
  readonly #standing = new Map<string, Standing>();
  readonly #rowOf = new Map<string, string>();
  #fresh: JournalEntry[] = [];
  /** Whether the table holds entries that `#fresh` does not. */
  #behind = true;
  #lastKeyMs = 0;
  #sequence = 0;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Reads what an earlier owner left: what is to be replayed counts as seen, what it waited for is waited for on. */
  async open(): Promise<void> {
    const { table } = this.#options;
    for (let after = journalPrefix, full = true; full; ) {
      const rows = await table.page(journalPrefix, after, pageSize);
      for (const row of rows) this.#remember(entryOf(row.plain));
      for (const row of rows) this.#lastKeyMs = Math.max(this.#lastKeyMs, msOf(row.sk) + 1);
      after = rows.at(-1)?.sk ?? after;
      full = rows.length === pageSize;
    }
    for (let after = failedPrefix, full = true; full; ) {
      const rows = await table.page(failedPrefix, after, pageSize);
      for (const { sk, plain } of rows) this.#failed.set(arrivalName(entryOf(plain)), { sk, entry: entryOf(plain) });
      after = rows.at(-1)?.sk ?? after;
      full = rows.length === pageSize;
    }
    this.#watchFailed();
  }

  /** Whether this message is in the journal, or was, as far as is remembered. */
  has(arrival: Arrival): boolean {
    return this.#seen.has(arrivalName(arrival));
  }

  /** Puts a message into the commit of the work that decrypted it. One that is there already is left alone. */
  record(records: ExclusiveRecords, arrival: Arrival, content: InboundContent): void {
    const name = arrivalName(arrival);
    this.settle(records, arrival);
    if (this.#seen.has(name)) return;
    const entry: JournalEntry = { ...arrival, key: this.#nextKey(), content };
    records.addRow(rowOf(entry.key, entry));
    records.afterwards(() => {
      this.#remember(entry);
      this.#stand(entry);
      this.#offer(entry);
    });
  }

  /** A message that could not be read before is no longer waited for: it came, whatever it says. */
  settle(records: ExclusiveRecords, arrival: Arrival): void {
    const name = arrivalName(arrival);
    const failed = this.#failed.get(name);
    if (failed === undefined) return;
    records.addRow({ sk: failed.sk, plain: null, expected: 1, cached: false });
    records.afterwards(() => void this.#failed.delete(name));
  }

  /** Keeps that a message came that cannot be read; unless it comes again readable, it becomes an entry in a while. */
  recordFailure(records: ExclusiveRecords, arrival: Arrival): void {
    const name = arrivalName(arrival);
    if (this.#seen.has(name) || this.#failed.has(name) || this.#givenUp.has(name)) return;
    const sk = `${failedPrefix}${name}`;
    const entry: JournalEntry = { ...arrival, key: sk, content: { type: "undecryptable" } };
    records.addRow(rowOf(sk, entry));
    records.afterwards(() => {
      this.#failed.set(name, { sk, entry });
      this.#watchFailed();
    });
  }

  /** The arrival that is waited for under this id of WhatsApp's; undefined where none is. */
  waitedFor(waMessageId: string): Arrival | undefined {
    return [...this.#failed.values()].find(({ entry }) => entry.waMessageId === waMessageId)?.entry;
  }

  async *entries(signal: AbortSignal): AsyncGenerator<JournalEntry> {
    const wake = () => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      for (let last = journalPrefix; !signal.aborted && !this.#closed; ) {
        const batch = await this.#nextOrNone(last);
        for (const entry of batch) {
          if (signal.aborted) return;
          last = entry.key;
          yield entry;
        }
        if (batch.length === 0) await this.#arrivalOrEnd(signal);
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  async forget(entry: JournalEntry): Promise<void> {
    const standing = this.#standing.get(entry.key);
    // Replayed: either WhatsApp was told before the restart, or it sends it again and `#seen` knows it.
    if (standing === undefined) return this.#options.table.remove(entry.key);
    standing.stored = true;
    if (standing.told) await this.#remove(entry.key, standing);
  }

  /** WhatsApp has our receipt for this message and will not send it again. */
  told(waMessageId: string): void {
    const key = this.#rowOf.get(waMessageId);
    const standing = key === undefined ? undefined : this.#standing.get(key);
    if (key === undefined || standing === undefined) return;
    standing.told = true;
    if (standing.stored) void this.#removeOrFail(key, standing);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#wake?.();
  }

  /** A failure of the table ends the session's keys, and is told by them; here it only ends the reading. */
  async #nextOrNone(last: string): Promise<JournalEntry[]> {
    try {
      return await this.#next(last);
    } catch (error) {
      if (this.#closed) return [];
      throw error;
    }
  }

  /** What comes after an entry: from memory where it is all there, else from the table. */
  async #next(last: string): Promise<JournalEntry[]> {
    if (!this.#behind) {
      const fresh = this.#fresh.filter(entry => entry.key > last);
      this.#fresh = [];
      return fresh;
    }
    this.#behind = false;
    this.#fresh = [];
    const rows = await this.#options.table.page(journalPrefix, last, pageSize);
    if (rows.length === pageSize) this.#behind = true;
    return rows.map(row => entryOf(row.plain));
  }

  #offer(entry: JournalEntry): void {
    this.#fresh.push(entry);
    if (this.#fresh.length > freshMax) {
      this.#fresh = [];
      this.#behind = true;
    }
    this.#wake?.();
  }

  async #arrivalOrEnd(signal: AbortSignal): Promise<void> {
    if (this.#fresh.length > 0 || this.#behind || signal.aborted || this.#closed) return;
    await new Promise<void>(resolve => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  #remember(entry: JournalEntry): void {
    const names = entry.content.type === "undecryptable" ? this.#givenUp : this.#seen;
    names.add(arrivalName(entry));
  }

  #stand(entry: JournalEntry): void {
    this.#standing.set(entry.key, { waMessageId: entry.waMessageId, stored: false, told: false });
    this.#rowOf.set(entry.waMessageId, entry.key);
    if (this.#standing.size <= standingMax) return;
    // WhatsApp has not answered a thousand receipts: the oldest that the host has stored is given up.
    for (const [key, standing] of this.#standing) {
      if (standing.stored) return void this.#removeOrFail(key, standing);
    }
  }

  async #remove(key: string, standing: Standing): Promise<void> {
    this.#standing.delete(key);
    if (this.#rowOf.get(standing.waMessageId) === key) this.#rowOf.delete(standing.waMessageId);
    await this.#options.table.remove(key);
  }

  async #removeOrFail(key: string, standing: Standing): Promise<void> {
    try {
      await this.#remove(key, standing);
    } catch (cause) {
      this.#options.table.fail(new Error("a journal row could not be removed", { cause }));
    }
  }

  /** Sorts by arrival also where the clock steps back, or the last owner's ran ahead. */
  #nextKey(): string {
    const nowMs = Math.max(this.#options.now(), this.#lastKeyMs);
    this.#sequence = nowMs === this.#lastKeyMs ? this.#sequence + 1 : 0;
    if (this.#sequence > 999_999) throw new Error("more than a million messages in one millisecond");
    this.#lastKeyMs = nowMs;
    return `${journalPrefix}${String(nowMs).padStart(15, "0")}#${String(this.#sequence).padStart(6, "0")}`;
  }

  #watchFailed(): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#failed.size === 0) return;
    const dueAtMs = Math.min(...[...this.#failed.values()].map(({ entry }) => this.#dueAtMs(entry)));
    this.#timer = setTimeout(() => void this.#giveUpOnDue(), Math.max(0, dueAtMs - this.#options.now()));
  }

  #dueAtMs(entry: JournalEntry): number {
    return entry.receivedAtMs + this.#options.undecryptableAfterMs;
  }

  async #giveUpOnDue(): Promise<void> {
    const { records, now, table } = this.#options;
    try {
      for (const { entry } of [...this.#failed.values()]) {
        if (this.#dueAtMs(entry) > now()) continue;
        await records.exclusively(async exclusive => {
          if (this.#failed.has(arrivalName(entry))) this.record(exclusive, entry, entry.content);
        });
        await records.durable();
      }
    } catch (cause) {
      table.fail(new Error("a message that cannot be read could not be recorded", { cause }));
    }
    this.#watchFailed();
  }
}

function rowOf(sk: string, entry: JournalEntry): Change {
  return { sk, plain: Buffer.from(JSON.stringify(entry)), expected: 0, cached: false };
}

function entryOf(plain: Uint8Array): JournalEntry {
  return JournalEntry.parse(JSON.parse(Buffer.from(plain).toString()));
}

function msOf(sk: string): number {
  return Number(sk.split("#")[1]);
}
