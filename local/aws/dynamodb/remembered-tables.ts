import type { Callback, Store, TableDescription } from "dynalite/db/index.js";

/**
 * The store with the descriptions of its tables in memory. dynalite reads a table's description from disk for every
 * step on it, which was a quarter of what a request costs; they change only by `tableDb`, which forgets what it writes.
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
  return { ...store, tableDb, getTable };
}
