import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { KeyRange } from "dynalite/db/index.js";
import * as z from "zod";

/** The bytes that are kept of one item: its JSON, under its encoded key. */
const ItemRow = z.object({ key: z.string(), value: z.string() });
export type ItemRow = z.infer<typeof ItemRow>;
const TableRow = z.object({ id: z.int(), name: z.string(), record: z.string() });
const TokenRow = z.object({ token: z.string(), content: z.string(), atMs: z.number() });

/** Where a page of items goes on: after this key of an index and this key of its table. */
export interface Position {
  readonly entry: string;
  readonly item: string;
}

// `entry` holds the keys of the secondary indexes: an index is read by joining its entries with their items, so that an
// entry is written only where the item's own index key changes.
const schema = `
  CREATE TABLE IF NOT EXISTS tables (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY, tableId INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires INTEGER,
    UNIQUE (tableId, key));
  CREATE INDEX IF NOT EXISTS itemExpires ON item (tableId, expires) WHERE expires IS NOT NULL;
  CREATE TABLE IF NOT EXISTS entry (
    indexId INTEGER NOT NULL, key TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (indexId, key, item)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, content TEXT NOT NULL, atMs INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * The SQLite database under all DynamoDB tables. Every call is synchronous, so that an action that reads, judges and
 * writes is alone while it runs. A commit is in the write-ahead log before the call returns: what was answered survives
 * `kill -9`. The disk itself is waited for at checkpoints alone, so that a power cut can take the last moments but
 * damages nothing (sqlite.org/pragma.html#pragma_synchronous, NORMAL with a write-ahead log).
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;

  /** Opens the database file, made if it is not there. Throws where another process holds it. */
  constructor(path: string) {
    this.#sqlite = new DatabaseSync(path);
    this.#sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    this.#sqlite.exec(schema);
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }

  /** All that `work` writes is kept together, and none of it where `work` throws. Inside another call it joins that one. */
  atomically<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.#run("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = work();
      this.#run("COMMIT");
      return result;
    } catch (error) {
      this.#run("ROLLBACK");
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  tables(): readonly z.infer<typeof TableRow>[] {
    return this.#all("SELECT id, name, record FROM tables").map(row => TableRow.parse(row));
  }

  /** Keeps the record of a table (JSON); a new table gets an id. Answers the id. */
  saveTable(name: string, record: string): number {
    const sql =
      "INSERT INTO tables (name, record) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET record = excluded.record RETURNING id";
    return z.object({ id: z.int() }).parse(this.#statement(sql).get(name, record)).id;
  }

  /** Deletes a table with all its items. The entries of its indexes go by `clearIndex`. */
  deleteTable(id: number): void {
    this.#run("DELETE FROM item WHERE tableId = ?", id);
    this.#run("DELETE FROM tables WHERE id = ?", id);
  }

  item(tableId: number, key: string): string | undefined {
    const row = this.#statement("SELECT value FROM item WHERE tableId = ? AND key = ?").get(tableId, key);
    return row === undefined ? undefined : String(row.value);
  }

  /** `expires`: Unix seconds, or null where the item stays. */
  putItem(tableId: number, key: string, value: string, expires: number | null): void {
    const sql =
      "INSERT INTO item (tableId, key, value, expires) VALUES (?, ?, ?, ?) " +
      "ON CONFLICT (tableId, key) DO UPDATE SET value = excluded.value, expires = excluded.expires";
    this.#run(sql, tableId, key, value, expires);
  }

  deleteItem(tableId: number, key: string): void {
    this.#run("DELETE FROM item WHERE tableId = ? AND key = ?", tableId, key);
  }

  setExpiry(tableId: number, key: string, expires: number | null): void {
    this.#run("UPDATE item SET expires = ? WHERE tableId = ? AND key = ?", expires, tableId, key);
  }

  clearExpiries(tableId: number): void {
    this.#run("UPDATE item SET expires = NULL WHERE tableId = ? AND expires IS NOT NULL", tableId);
  }

  /** At most `limit` items of a table that expire from `from` on and before `before`, in Unix seconds, earliest first. */
  expired(tableId: number, from: number, before: number, limit: number): readonly ItemRow[] {
    const sql =
      "SELECT key, value FROM item WHERE tableId = ? AND expires >= ? AND expires < ? ORDER BY expires LIMIT ?";
    return this.#all(sql, tableId, from, before, limit).map(row => ItemRow.parse(row));
  }

  addEntry(indexId: number, key: string, item: string): void {
    this.#run("INSERT INTO entry (indexId, key, item) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", indexId, key, item);
  }

  removeEntry(indexId: number, key: string, item: string): void {
    this.#run("DELETE FROM entry WHERE indexId = ? AND key = ? AND item = ?", indexId, key, item);
  }

  clearIndex(indexId: number): void {
    this.#run("DELETE FROM entry WHERE indexId = ?", indexId);
  }

  /** The items of a table in the order of their keys; the caller may stop at any row. */
  *itemsOf(tableId: number, range: KeyRange = {}, after?: string): Generator<ItemRow> {
    const { conditions, values } = bounds("key", range);
    if (after !== undefined) conditions.push(range.reverse === true ? "key < ?" : "key > ?");
    const where = ["tableId = ?", ...conditions].join(" AND ");
    const sql = `SELECT key, value FROM item WHERE ${where} ORDER BY key ${range.reverse === true ? "DESC" : "ASC"}`;
    const all = after === undefined ? values : [...values, after];
    for (const row of this.#statement(sql).iterate(tableId, ...all)) {
      yield { key: String(row.key), value: String(row.value) };
    }
  }

  /** The items of an index in the order of its keys, items of one key in the order of their own. */
  *itemsOfIndex(tableId: number, indexId: number, range: KeyRange, after?: Position): Generator<ItemRow> {
    const { conditions, values } = bounds("entry.key", range);
    const direction = range.reverse === true ? "DESC" : "ASC";
    if (after !== undefined) conditions.push(`(entry.key, entry.item) ${range.reverse === true ? "<" : ">"} (?, ?)`);
    const where = ["entry.indexId = ?", ...conditions].join(" AND ");
    const sql =
      `SELECT item.key AS key, item.value AS value FROM entry CROSS JOIN item ` +
      `ON item.tableId = ? AND item.key = entry.item WHERE ${where} ` +
      `ORDER BY entry.key ${direction}, entry.item ${direction}`;
    const all = after === undefined ? values : [...values, after.entry, after.item];
    for (const row of this.#statement(sql).iterate(tableId, indexId, ...all)) {
      yield { key: String(row.key), value: String(row.value) };
    }
  }

  tokens(): readonly z.infer<typeof TokenRow>[] {
    return this.#all("SELECT token, content, atMs FROM token ORDER BY atMs").map(row => TokenRow.parse(row));
  }

  putToken(token: string, content: string, atMs: number): void {
    const sql =
      "INSERT INTO token (token, content, atMs) VALUES (?, ?, ?) " +
      "ON CONFLICT (token) DO UPDATE SET content = excluded.content, atMs = excluded.atMs";
    this.#run(sql, token, content, atMs);
  }

  deleteTokensBefore(atMs: number): void {
    this.#run("DELETE FROM token WHERE atMs < ?", atMs);
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#statement(sql).run(...values);
  }

  #all(sql: string, ...values: (string | number | null)[]): readonly object[] {
    return this.#statement(sql).all(...values);
  }

  /** The statements differ by which bounds a range has: a few dozen in all. */
  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#sqlite.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

function bounds(column: string, range: KeyRange): { conditions: string[]; values: string[] } {
  const conditions: string[] = [];
  const values: string[] = [];
  const all = [
    [">=", range.gte],
    [">", range.gt],
    ["<=", range.lte],
    ["<", range.lt],
  ] as const;
  for (const [operator, value] of all) {
    if (value === undefined) continue;
    conditions.push(`${column} ${operator} ?`);
    values.push(value);
  }
  return { conditions, values };
}
