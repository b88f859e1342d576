import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import dynalite, { type Item } from "dynalite/db/index.js";
import type { JsonObject } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import { type ActionName, runAction, validated } from "./actions.ts";
import { Database } from "./database.ts";
import { isConditionFailure } from "./dynamo-error.ts";
import { expiryOf } from "./expiry.ts";
import { indexEntries } from "./index-entries.ts";
import { itemStore } from "./item-store.ts";
import type { ItemPlace, ItemTables } from "./item-tables.ts";
import { search } from "./search.ts";
import { type StoredTable, TableRecord } from "./stored-table.ts";

export interface EngineOptions {
  readonly path: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * The tables: dynalite checks requests, evaluates expressions and does the actions on single items, over a SQLite
 * database of ours. Every action runs from its first read to its commit without giving way, so that no other can come
 * between, and what it writes, index entries included, is one SQLite transaction.
 */
export class DynamoEngine implements ItemTables {
  readonly database: Database;
  readonly region: string;
  readonly accountId: string;
  readonly #tables = new Map<string, StoredTable>();

  private constructor(database: Database, options: EngineOptions) {
    this.database = database;
    this.region = options.region;
    this.accountId = options.accountId;
    this.#load();
  }

  /** Opens the database in the folder `path`, made if it is not there. */
  static async open(options: EngineOptions): Promise<DynamoEngine> {
    await mkdir(options.path, { recursive: true });
    return new DynamoEngine(new Database(join(options.path, "tables.sqlite")), options);
  }

  close(): void {
    this.database.close();
  }

  /** All that `work` changes of tables is kept together, and none of it where `work` throws. */
  atomically<T>(work: () => T): T {
    try {
      return this.database.atomically(work);
    } catch (error) {
      this.#load();
      throw error;
    }
  }

  #load(): void {
    this.#tables.clear();
    for (const { id, name, record } of this.database.tables()) {
      this.#tables.set(name, { id, ...TableRecord.parse(JSON.parse(record)) });
    }
  }

  /** Throws ResourceNotFoundException. */
  table(name: string): StoredTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new AwsError("ResourceNotFoundException", "Requested resource not found");
    return table;
  }

  findTable(name: string): StoredTable | undefined {
    return this.#tables.get(name);
  }

  get tables(): Iterable<StoredTable> {
    return this.#tables.values();
  }

  /** Keeps a new or changed table. */
  saveTable(record: TableRecord): StoredTable {
    const name = record.description.TableName;
    const id = this.database.saveTable(name, JSON.stringify(record));
    const table = { id, ...record };
    this.#tables.set(name, table);
    return table;
  }

  deleteTable(table: StoredTable): void {
    this.atomically(() => {
      for (const indexId of Object.values(table.indexIds)) this.database.clearIndex(indexId);
      this.database.deleteTable(table.id);
    });
    this.#tables.delete(table.description.TableName);
  }

  /** A number for a new index that no index of any table has. */
  newIndexId(): number {
    const taken = new Set([...this.#tables.values()].flatMap(({ indexIds }) => Object.values(indexIds)));
    for (;;) {
      const id = randomInt(1, 2 ** 40);
      if (!taken.has(id)) return id;
    }
  }

  /** GetItem, BatchGetItem, Query or Scan. Throws AwsError for what DynamoDB refuses. */
  read(name: ActionName, input: JsonObject): JsonObject {
    const data = validated(name, input, this);
    if (name === "Query" || name === "Scan") return search(this, name, data);
    return runAction(name, itemStore(this), data);
  }

  /**
   * PutItem, UpdateItem, DeleteItem or BatchWriteItem. With `ReturnValuesOnConditionCheckFailure: ALL_OLD` a failed
   * condition's error carries the item as it was when the condition was judged.
   */
  write(name: ActionName, input: JsonObject): JsonObject {
    const data = validated(name, input, this);
    try {
      const output = this.database.atomically(() => runAction(name, itemStore(this), data));
      return input.ReturnItemCollectionMetrics === "SIZE" ? { ...output, ...this.#collectionMetrics(data) } : output;
    } catch (error) {
      if (input.ReturnValuesOnConditionCheckFailure === "ALL_OLD" && isConditionFailure(error)) {
        const place = this.placeOf(data);
        error.members.Item = place && this.item(place);
      }
      throw error;
    }
  }

  /** Only tables with local secondary indexes have item collections; all of ours are far below a gigabyte. */
  #collectionMetrics(data: JsonObject): JsonObject {
    const place = "TableName" in data ? this.placeOf(data) : undefined;
    const partitionKey = place?.table.description.KeySchema[0]?.AttributeName;
    if (place?.table.description.LocalSecondaryIndexes === undefined || partitionKey === undefined) return {};
    const ItemCollectionKey = { [partitionKey]: attributesOf(data)[partitionKey] };
    return { ItemCollectionMetrics: { ItemCollectionKey, SizeEstimateRangeGB: [0, 1] } };
  }

  item({ table, key }: ItemPlace): Item | undefined {
    const text = this.database.item(table.id, key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Writes an item, or deletes it where `after` is undefined, with its index entries and its time of expiry. */
  writeItem(place: ItemPlace, before: Item | undefined, after: Item | undefined): void {
    const { table, key } = place;
    const old = indexEntries(table, before);
    const wanted = indexEntries(table, after);
    for (const [indexId, entry] of old) {
      if (wanted.get(indexId) !== entry) this.database.removeEntry(indexId, entry, key);
    }
    for (const [indexId, entry] of wanted) {
      if (old.get(indexId) !== entry) this.database.addEntry(indexId, entry, key);
    }
    if (after === undefined) this.database.deleteItem(table.id, key);
    else this.database.putItem(table.id, key, JSON.stringify(after), expiryOf(after, table.settings.timeToLive));
  }

  /** Where the item of a checked PutItem, UpdateItem, DeleteItem or GetItem is; undefined where its key is not valid. */
  placeOf(data: JsonObject): ItemPlace | undefined {
    const table = this.table(String(data.TableName));
    const attributes = attributesOf(data);
    const names = table.description.KeySchema.map(element => element.AttributeName);
    const key = Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
    if (dynalite.validateKey(key, table.description)) return undefined;
    return { table, key: dynalite.createKey(key, table.description) };
  }
}

function attributesOf(data: JsonObject): Item {
  const attributes = data.Key ?? data.Item;
  return isItem(attributes) ? attributes : {};
}

/** Types were checked before: a `Key` or an `Item` that is there is a map of attribute values. */
function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null;
}
