import type { LevelDb } from "dynalite/db/index.js";
import * as z from "zod";

const prefix = "table-settings~";

/** What DynamoDB keeps of a table and dynalite does not. */
export const TableSettings = z.strictObject({
  timeToLive: z.strictObject({ attribute: z.string(), enabled: z.boolean() }).optional(),
  deletionProtection: z.boolean().optional(),
  encryption: z.record(z.string(), z.unknown()).optional(),
  pointInTimeRecovery: z.boolean().optional(),
});
export type TableSettings = z.infer<typeof TableSettings>;

/** The settings of all tables: read once, kept in memory, written through. */
export class TableSettingsStore {
  readonly #db: LevelDb;
  readonly #byTable: Map<string, TableSettings>;

  private constructor(db: LevelDb, byTable: Map<string, TableSettings>) {
    this.#db = db;
    this.#byTable = byTable;
  }

  static async open(db: LevelDb): Promise<TableSettingsStore> {
    const byTable = new Map<string, TableSettings>();
    for await (const [key, value] of db.iterator({ gte: prefix, lt: `${prefix}\xff` })) {
      byTable.set(key.slice(prefix.length), TableSettings.parse(value));
    }
    return new TableSettingsStore(db, byTable);
  }

  of(table: string): TableSettings {
    return this.#byTable.get(table) ?? {};
  }

  tables(): Iterable<readonly [string, TableSettings]> {
    return this.#byTable;
  }

  async change(table: string, change: TableSettings): Promise<TableSettings> {
    const settings = { ...this.of(table), ...change };
    await this.#db.batch([{ type: "put", key: prefix + table, value: settings }]);
    this.#byTable.set(table, settings);
    return settings;
  }

  async forget(table: string): Promise<void> {
    await this.#db.batch([{ type: "del", key: prefix + table }]);
    this.#byTable.delete(table);
  }
}
