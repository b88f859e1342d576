import { credentialsKey, recordKey } from "./key-item.ts";
import type { VersionedTable } from "./key-table.ts";
import type { Change } from "./key-writes.ts";
import { Mutex } from "./mutex.ts";
import { changePack, decodePack, packOf } from "./pre-key-packs.ts";

/** Records of each type by id; null takes one out. */
export type RecordChanges = ReadonlyMap<string, ReadonlyMap<string, Uint8Array | null>>;

/** Reading and changing records; what was changed is read back changed. */
export interface Records {
  /** The records of these ids that exist. */
  get(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>>;
  set(changes: RecordChanges): void;
}

/** Within an exclusive piece of work: its changes, all or none, and rows that are written in the same commit. */
export interface ExclusiveRecords extends Records {
  addRow(row: Change): void;
  /** Runs once this work's changes are durable. */
  afterwards(then: () => void): void;
}

interface RecordChange {
  readonly type: string;
  readonly id: string;
  readonly plain: Uint8Array | null;
}

/**
 * Changes not yet in the table. `versions` are those of the items that single records were worked out from, by sort
 * key; a pack is put together only when it is written, from the pack as it is then.
 */
interface Unwritten {
  readonly records: Map<string, RecordChange>;
  readonly rows: Change[];
  readonly versions: Map<string, number>;
  readonly afterwards: (() => void)[];
  credentials: boolean;
}

/**
 * Signal's records of one session, and its credentials.
 *
 *     exclusively(work) ── its changes, if it succeeds ──▶ unwritten ── durable() ──▶ the table ──▶ its cache
 *
 * Whatever reads a record to write it back runs `exclusively`, one piece of work at a time, so a send and a receive
 * that meet on one record both count. Changes are written together: `durable` resolves when all that was changed
 * before it is in the table, and nothing that depends on a change may leave the process earlier. If a write fails the
 * table fails with it, and what was not written is never seen again.
 */
export class SignalRecords implements Records {
  readonly #table: VersionedTable;
  readonly #credentials: () => Uint8Array;
  readonly #turn = new Mutex();
  readonly #commits = new Mutex();
  #unwritten = nothing();
  #writing: Unwritten | undefined;
  #asked: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  /** `credentials` answers the session's credentials as they are at the moment they are written. */
  constructor(table: VersionedTable, credentials: () => Uint8Array) {
    this.#table = table;
    this.#credentials = credentials;
  }

  /**
   * Runs work that nothing else of this session runs beside. It must be short and wait for nothing that waits for its
   * own turn. If it throws, nothing it changed is kept.
   */
  exclusively<T>(work: (records: ExclusiveRecords) => Promise<T>): Promise<T> {
    return this.#turn.run(async () => {
      const changes = nothing();
      const result = await work({
        get: (type, ids) => this.#read(type, ids, changes),
        set: set => keep(changes, set),
        addRow: row => changes.rows.push(row),
        afterwards: then => changes.afterwards.push(then),
      });
      this.#merge(changes);
      return result;
    });
  }

  get(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    return this.#read(type, ids, undefined);
  }

  /** Changes records at once, whoever has the turn: only for records that no exclusive work reads. */
  set(changes: RecordChanges): void {
    keep(this.#unwritten, changes);
  }

  /** The credentials have changed: they go with the next commit. */
  credentialsChanged(): void {
    this.#unwritten.credentials = true;
  }

  /** Resolves when every change made before this call is in the table; rejects if one cannot be. */
  durable(): Promise<void> {
    if (isNothing(this.#unwritten)) return this.#asked ?? this.#last;
    if (this.#asked === undefined) {
      this.#asked = this.#commits.run(() => this.#commit());
      this.#last = this.#asked;
    }
    return this.#asked;
  }

  /** Resolves when no exclusive work runs or waits. */
  idle(): Promise<void> {
    return this.#turn.idle();
  }

  async #read(type: string, ids: readonly string[], own: Unwritten | undefined): Promise<Map<string, Uint8Array>> {
    const changed = (id: string) => {
      const key = recordKey(type, id);
      return own?.records.get(key) ?? this.#unwritten.records.get(key) ?? this.#writing?.records.get(key);
    };
    const before = new Map(ids.map(id => [id, changed(id)]));
    const missing = ids.filter(id => before.get(id) === undefined);
    // Asked also where nothing is missing: once the table has failed, what was not written is not there.
    const held = await this.#table.read(missing.map(id => sortKeyOf(type, id)));
    const found = new Map<string, Uint8Array>();
    for (const id of ids) {
      // Looked at again, for what was changed while the table was read; what was committed meanwhile is as it was before.
      const change = changed(id) ?? before.get(id);
      const item = held.get(sortKeyOf(type, id));
      if (change === undefined && item !== undefined) own?.versions.set(recordKey(type, id), item.version);
      const plain = change === undefined ? plainOf(type, id, item?.plain) : change.plain;
      if (plain !== undefined && plain !== null) found.set(id, plain);
    }
    return found;
  }

  #merge(changes: Unwritten): void {
    const into = this.#unwritten;
    for (const [key, change] of changes.records) into.records.set(key, change);
    for (const [sk, version] of changes.versions) into.versions.set(sk, version);
    into.rows.push(...changes.rows);
    into.afterwards.push(...changes.afterwards);
  }

  async #commit(): Promise<void> {
    const writing = this.#unwritten;
    this.#unwritten = nothing();
    this.#asked = undefined;
    this.#writing = writing;
    const changes = await this.#changesOf(writing);
    const versions = await this.#table.write(changes);
    this.#writing = undefined;
    // What was changed again meanwhile was worked out from what has just been written.
    for (const key of this.#unwritten.records.keys()) {
      const version = versions.get(key);
      if (version !== undefined) this.#unwritten.versions.set(key, version);
    }
    for (const then of writing.afterwards) then();
  }

  /** Rows come first: where a commit takes two transactions, a message is in the journal before its ratchet moves on. */
  async #changesOf(writing: Unwritten): Promise<Change[]> {
    const records = [...writing.records.values()];
    const single = records.filter(({ type }) => type !== preKeyType);
    const changes = single.map(({ type, id, plain }): Change => {
      const sk = recordKey(type, id);
      return { sk, plain, expected: writing.versions.get(sk), cached: true };
    });
    const packs = await this.#packChanges(records.filter(({ type }) => type === preKeyType));
    const credentials: Change[] = writing.credentials
      ? [{ sk: credentialsKey, plain: this.#credentials(), cached: true }]
      : [];
    return [...writing.rows, ...changes, ...packs, ...credentials];
  }

  async #packChanges(records: readonly RecordChange[]): Promise<readonly Change[]> {
    const byPack = Map.groupBy(records, ({ id }) => packOf(id));
    const held = await this.#table.read([...byPack.keys()]);
    return [...byPack].map(([sk, entries]): Change => {
      const item = held.get(sk);
      const plain = changePack(item?.plain, new Map(entries.map(entry => [entry.id, entry.plain])));
      return { sk, plain, expected: item?.version, cached: true };
    });
  }
}

const preKeyType = "pre-key";

function sortKeyOf(type: string, id: string): string {
  return type === preKeyType ? packOf(id) : recordKey(type, id);
}

function plainOf(type: string, id: string, plain: Uint8Array | undefined): Uint8Array | undefined {
  return type === preKeyType ? decodePack(plain).get(id) : plain;
}

function keep(unwritten: Unwritten, changes: RecordChanges): void {
  for (const [type, records] of changes) {
    for (const [id, plain] of records) unwritten.records.set(recordKey(type, id), { type, id, plain });
  }
}

function nothing(): Unwritten {
  return { records: new Map(), rows: [], versions: new Map(), afterwards: [], credentials: false };
}

function isNothing({ records, rows, afterwards, credentials }: Unwritten): boolean {
  return records.size === 0 && rows.length === 0 && afterwards.length === 0 && !credentials;
}
