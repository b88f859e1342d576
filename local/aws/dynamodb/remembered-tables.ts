import type { BatchOperation, Callback, LevelDb, Store, TableDescription } from "dynalite/db/index.js";

/**
 * The store with the descriptions of its tables in memory. dynalite reads a table's description from disk for every
 * step on it, which was a quarter of what a request costs. They change by `tableDb` and by batches, which forget what
 * they write.
 */
export function rememberingTables(store: Store): Store {
  const known = new Map<string, TableDescription>();
  let changes = 0;
  const forget = (name: string) => {
    changes++;
    known.delete(name);
  };
  const afterwards = (name: string, done: Callback<void>): Callback<void> => {
    forget(name);
    return error => {
      forget(name);
      done(error);
    };
  };

  function getTable(name: string, checkStatus: boolean, done: Callback<TableDescription>): void;
  function getTable(name: string, done: Callback<TableDescription>): void;
  function getTable(name: string, how: boolean | Callback<TableDescription>, done?: Callback<TableDescription>): void {
    const answer = typeof how === "function" ? how : (done ?? (() => undefined));
    const remembered = known.get(name);
    // Who asks for a table in any status is about to change the description it gets.
    if (how === false) store.getTable(name, false, answer);
    else if (remembered !== undefined) queueMicrotask(() => answer(null, remembered));
    else load(name, answer);
  }

  function load(name: string, answer: Callback<TableDescription>): void {
    const changesBefore = changes;
    store.getTable(name, true, (error, table) => {
      if (!error && table !== undefined && changes === changesBefore) known.set(name, table);
      answer(error, table);
    });
  }

  const tableDb: Store["tableDb"] = {
    ...store.tableDb,
    put: (name, value, done) => store.tableDb.put(name, value, afterwards(name, done)),
    del: (name, done) => store.tableDb.del(name, afterwards(name, done)),
  };
  const db: LevelDb = {
    open: () => store.db.open(),
    get: key => store.db.get(key),
    batch: async operations => {
      const names = tablesAmong(operations);
      names.forEach(forget);
      await store.db.batch(operations);
      names.forEach(forget);
    },
    clear: range => store.db.clear(range),
    keys: range => store.db.keys(range),
    iterator: range => store.db.iterator(range),
    close: () => store.db.close(),
  };
  return { ...store, db, tableDb, getTable };
}

const prefix = "table~";

function tablesAmong(operations: readonly BatchOperation[]): string[] {
  return operations.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key.slice(prefix.length));
}
