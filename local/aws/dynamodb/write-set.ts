import type { BatchOperation, Callback, Item, Store, SubDb } from "dynalite/db/index.js";

/** One item as it was and as it is to be; `undefined` where there is none. */
export interface ItemWrite {
  readonly table: string;
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** The key of an item in the Level database, as dynalite 4.0.0 lays it out (db/index.js, createPrefixedDbWrapper). */
export function itemDbKey(table: string, key: string): string {
  return `item-${table}~${key}`;
}

export function indexDbKey(table: string, index: string, key: string): string {
  return `index-global~${table}~${index}~${key}`;
}

/**
 * Collects what dynalite's actions would write to items and indexes, so that all of it is committed by one atomic
 * batch of the Level database: an item and its index entries, or a whole transaction, is there or not there after a
 * kill at any moment. Reads see what was collected before. The caller holds the locks of the items involved.
 */
export class WriteSet {
  readonly #values = new Map<string, Item | undefined>();
  readonly #items = new Map<string, { table: string; key: string; before: Item | undefined }>();

  /** A store for one action whose writes go into this set. */
  over(store: Store): Store {
    return {
      options: store.options,
      db: store.db,
      tableDb: store.tableDb,
      getTable: store.getTable,
      getItemDb: table => this.#itemDb(store.getItemDb(table), table),
      getIndexDb: (indexType, table, index) =>
        this.#subDb(store.getIndexDb(indexType, table, index), `index-${indexType.toLowerCase()}~${table}~${index}~`),
    };
  }

  /** The item as the action found it, if it looked. */
  before(table: string, key: string): Item | undefined {
    return this.#items.get(itemDbKey(table, key))?.before;
  }

  itemWrites(): readonly ItemWrite[] {
    return [...this.#items].flatMap(([dbKey, { table, key, before }]) =>
      this.#values.has(dbKey) ? [{ table, key, before, after: this.#values.get(dbKey) }] : [],
    );
  }

  operations(): readonly BatchOperation[] {
    return [...this.#values].map(([key, value]) =>
      value === undefined ? { type: "del", key } : { type: "put", key, value },
    );
  }

  #itemDb(inner: SubDb, table: string): SubDb {
    const collected = this.#subDb(inner, itemDbKey(table, ""));
    return {
      ...collected,
      get: (key, done) =>
        collected.get(key, (error, item) => {
          const dbKey = itemDbKey(table, key);
          if (!this.#items.has(dbKey)) this.#items.set(dbKey, { table, key, before: item });
          done(error, item);
        }),
    };
  }

  #subDb(inner: SubDb, prefix: string): SubDb {
    const write = (key: string, value: Item | undefined, done: Callback<void>) => {
      this.#values.set(prefix + key, value);
      setImmediate(done, null);
    };
    return {
      get: (key, done) => {
        const dbKey = prefix + key;
        if (this.#values.has(dbKey)) setImmediate(done, null, this.#values.get(dbKey));
        else inner.get(key, done);
      },
      put: write,
      del: (key, done) => write(key, undefined, done),
      lock: (_key, work) => work(done => done),
      createValueStream: options => inner.createValueStream(options),
    };
  }
}
