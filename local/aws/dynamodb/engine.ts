import { mkdir } from "node:fs/promises";
import dynalite, { type BatchOperation, type Item, type Store, type TableDescription } from "dynalite/db/index.js";
import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { type ActionName, runAction, validated } from "./actions.ts";
import { fromDynalite, isConditionFailure } from "./dynamo-error.ts";
import { expiryOperations } from "./expiry-index.ts";
import { KeyLocks } from "./key-locks.ts";
import { rememberingTables } from "./remembered-tables.ts";
import { TableSettingsStore } from "./table-settings.ts";
import { itemDbKey, WriteSet } from "./write-set.ts";

const Attributes = z.record(z.string(), z.record(z.string(), z.unknown()));
const Batch = z.record(
  z.string(),
  z.array(
    z.object({
      PutRequest: z.object({ Item: Attributes }).optional(),
      DeleteRequest: z.object({ Key: Attributes }).optional(),
    }),
  ),
);

/**
 * dynalite's tables on disk with every write made atomic: an action runs over a `WriteSet` while the locks of its
 * items are held, and the set is committed by one batch of the Level database. Level writes a batch to its log before
 * it answers, so that what was acknowledged survives `kill -9` and what was not is absent as a whole.
 */
export class DynamoEngine {
  readonly store: Store;
  readonly settings: TableSettingsStore;
  readonly locks = new KeyLocks();

  private constructor(store: Store, settings: TableSettingsStore) {
    this.store = store;
    this.settings = settings;
  }

  /** Opens the database in the folder `path`, made if it is not there. */
  static async open(options: { path: string; region: string; accountId: string }): Promise<DynamoEngine> {
    await mkdir(options.path, { recursive: true });
    const times = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
    const store = rememberingTables(dynalite.create({ path: options.path, ...times }));
    await store.db.open();
    store.tableDb.awsAccountId = options.accountId;
    store.tableDb.awsRegion = options.region;
    return new DynamoEngine(store, await TableSettingsStore.open(store.db));
  }

  close(): Promise<void> {
    return this.store.db.close();
  }

  /** Throws ResourceNotFoundException; a table that is being made is not found, as in DynamoDB's data operations. */
  table(name: string): Promise<TableDescription> {
    return this.#lookUp(name, true);
  }

  /** The table whatever its status, so also one that a kill left half made. */
  tableInAnyStatus(name: string): Promise<TableDescription> {
    return this.#lookUp(name, false);
  }

  async tables(): Promise<readonly TableDescription[]> {
    const found: TableDescription[] = [];
    for await (const key of this.store.db.keys({ gte: "table~", lt: "table~\xff" })) {
      found.push(await this.tableInAnyStatus(key.slice("table~".length)));
    }
    return found;
  }

  #lookUp(name: string, onlyUsable: boolean): Promise<TableDescription> {
    return new Promise((resolve, reject) => {
      this.store.getTable(name, onlyUsable, (error, table) => {
        if (error || table === undefined) reject(fromDynalite(error));
        else resolve(table);
      });
    });
  }

  read(name: ActionName, input: JsonObject): Promise<JsonObject> {
    return runAction(name, this.store, validated(name, input, this.store));
  }

  /**
   * PutItem, UpdateItem, DeleteItem or BatchWriteItem. With `ReturnValuesOnConditionCheckFailure: ALL_OLD` a failed
   * condition's error carries the item as it was when the condition was judged.
   */
  async write(name: ActionName, input: JsonObject): Promise<JsonObject> {
    const data = validated(name, input, this.store);
    const locked = name === "BatchWriteItem" ? await this.#keysOfBatch(data) : await this.#keysOfOne(data);
    return this.locks.holding(
      locked.map(({ table, key }) => itemDbKey(table, key)),
      async () => {
        const writes = new WriteSet();
        try {
          const output = await runAction(name, writes.over(this.store), data);
          await this.commit(writes);
          return output;
        } catch (error) {
          const [item] = locked;
          if (
            input.ReturnValuesOnConditionCheckFailure === "ALL_OLD" &&
            isConditionFailure(error) &&
            item !== undefined
          ) {
            error.members.Item = writes.before(item.table, item.key);
          }
          throw error;
        }
      },
    );
  }

  /** Writes the set, what it changes in the expiry index, and `more`, as one. The caller holds the locks. */
  async commit(writes: WriteSet, more: readonly BatchOperation[] = []): Promise<void> {
    const expiry = writes
      .itemWrites()
      .flatMap(write => expiryOperations(this.settings.of(write.table).timeToLive, write));
    const operations = [...writes.operations(), ...expiry, ...more];
    if (operations.length > 0) await this.store.db.batch(operations);
  }

  /** The key of an item among its table's, from an item or a key; `undefined` where it is not a valid key. */
  itemKey(table: TableDescription, attributes: Item): string | undefined {
    const names = table.KeySchema.map(element => element.AttributeName);
    const key = Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
    return dynalite.validateKey(key, table) ? undefined : dynalite.createKey(key, table);
  }

  async #keysOfOne(data: JsonObject): Promise<readonly { table: string; key: string }[]> {
    const input = z
      .object({ TableName: z.string(), Item: Attributes.optional(), Key: Attributes.optional() })
      .parse(data);
    const key = this.itemKey(await this.table(input.TableName), input.Item ?? input.Key ?? {});
    // The action refuses an invalid key by itself, and writes nothing that would need a lock.
    return key === undefined ? [] : [{ table: input.TableName, key }];
  }

  async #keysOfBatch(data: JsonObject): Promise<readonly { table: string; key: string }[]> {
    const keys: { table: string; key: string }[] = [];
    for (const [name, requests] of Object.entries(Batch.parse(data.RequestItems))) {
      const table = await this.table(name);
      for (const { PutRequest, DeleteRequest } of requests) {
        const key = this.itemKey(table, PutRequest?.Item ?? DeleteRequest?.Key ?? {});
        if (key !== undefined) keys.push({ table: name, key });
      }
    }
    return keys;
  }
}
