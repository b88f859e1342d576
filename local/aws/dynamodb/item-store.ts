import { EventEmitter } from "node:events";
import type { Callback, Item, KeyRange, Store, SubDb, TableDescription } from "dynalite/db/index.js";
import { AwsError } from "../aws-error.ts";
import type { ItemTables } from "./item-tables.ts";

export interface StoreOptions {
  /** Where an action tells the range that it would read; nothing is read then. */
  readonly onRange?: (range: KeyRange) => void;
  /** Conditions are judged and nothing is written: what ConditionCheck does. */
  readonly writesNothing?: boolean;
}

/**
 * The store that dynalite's actions work on. It answers every call before it returns, so that an action is done when
 * its call returns.
 */
export function itemStore(engine: ItemTables, options: StoreOptions = {}): Store {
  function getTable(name: string, checkStatus: boolean, done: Callback<TableDescription>): void;
  function getTable(name: string, done: Callback<TableDescription>): void;
  function getTable(name: string, how: boolean | Callback<TableDescription>, done?: Callback<TableDescription>): void {
    const answer = typeof how === "function" ? how : done;
    const table = engine.findTable(name);
    if (table === undefined) answer?.(new AwsError("ResourceNotFoundException", "Requested resource not found"));
    else answer?.(null, table.description);
  }
  return {
    options: { maxItemSize: 400 * 1024 },
    tableDb: { awsAccountId: engine.accountId, awsRegion: engine.region },
    getTable,
    getItemDb: table => itemsOf(engine, table, options),
    getIndexDb: () => indexOf(options),
  };
}

function itemsOf(engine: ItemTables, tableName: string, { onRange, writesNothing = false }: StoreOptions): SubDb {
  const found = new Map<string, Item | undefined>();
  const read = (key: string): Item | undefined => {
    const item = engine.item({ table: engine.table(tableName), key });
    found.set(key, item);
    return item;
  };
  const write = (key: string, after: Item | undefined, done: Callback<void>): void => {
    const before = found.has(key) ? found.get(key) : read(key);
    if (!writesNothing) engine.writeItem({ table: engine.table(tableName), key }, before, after);
    done(null);
  };
  return {
    get: (key, done) => done(null, read(key)),
    put: write,
    del: (key, done) => write(key, undefined, done),
    lock: (_key, work) => work(done => done),
    createValueStream: range => rangeTold(range, onRange),
  };
}

/** Index entries are written with their item (`ItemTables.writeItem`), not by the actions. */
function indexOf({ onRange }: StoreOptions): SubDb {
  return {
    get: (_key, done) => done(null),
    put: (_key, _item, done) => done(null),
    del: (_key, done) => done(null),
    lock: (_key, work) => work(done => done),
    createValueStream: range => rangeTold(range, onRange),
  };
}

/** An emitter that never emits: whoever wants the range reads it by itself. */
function rangeTold(range: KeyRange, onRange: StoreOptions["onRange"]): EventEmitter {
  onRange?.(range);
  return new EventEmitter();
}
