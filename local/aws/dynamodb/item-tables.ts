import type { Item } from "dynalite/db/index.js";
import type { Database } from "./database.ts";
import type { StoredTable } from "./stored-table.ts";

/** One item's place: its table and its encoded key. */
export interface ItemPlace {
  readonly table: StoredTable;
  readonly key: string;
}

/** What actions on items need of the engine. */
export interface ItemTables {
  readonly database: Database;
  readonly region: string;
  readonly accountId: string;
  findTable(name: string): StoredTable | undefined;
  /** Throws ResourceNotFoundException. */
  table(name: string): StoredTable;
  item(place: ItemPlace): Item | undefined;
  /** Writes an item, or deletes it where `after` is undefined, with its index entries and its time of expiry. */
  writeItem(place: ItemPlace, before: Item | undefined, after: Item | undefined): void;
}
