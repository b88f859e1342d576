// What we use of dynalite 4.0.0, which carries no types. It is pinned exactly: these are its inner modules.

declare module "dynalite/db/index.js" {
  export type AttributeValue = Record<string, unknown>;
  export type Item = Record<string, AttributeValue>;
  export type Callback<T> = (error?: DynaliteError | Error | null, value?: T) => void;

  export interface DynaliteError extends Error {
    readonly statusCode?: number;
    readonly body?: { readonly __type: string; readonly message?: string; readonly Message?: string };
  }

  export interface KeyElement {
    readonly AttributeName: string;
    readonly KeyType: string;
  }

  export interface AttributeDefinition {
    readonly AttributeName: string;
    readonly AttributeType: string;
  }

  export interface IndexDescription {
    readonly IndexName: string;
    readonly KeySchema: readonly KeyElement[];
    readonly Projection: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] };
    IndexStatus?: string;
    [member: string]: unknown;
  }

  export interface TableDescription {
    readonly TableName: string;
    readonly KeySchema: readonly KeyElement[];
    AttributeDefinitions: readonly AttributeDefinition[];
    GlobalSecondaryIndexes?: IndexDescription[];
    TableStatus: string;
    [member: string]: unknown;
  }

  export type Release = <A extends unknown[]>(done: (...args: A) => void) => (...args: A) => void;

  export interface SubDb {
    get(key: string, done: Callback<Item>): void;
    put(key: string, value: Item, done: Callback<void>): void;
    del(key: string, done: Callback<void>): void;
    lock(key: string, work: (release: Release) => void): void;
    createValueStream(options?: object): unknown;
  }

  export type BatchOperation =
    | { readonly type: "put"; readonly key: string; readonly value: unknown }
    | { readonly type: "del"; readonly key: string };

  export interface KeyRange {
    readonly gte?: string;
    readonly gt?: string;
    readonly lt?: string;
    readonly limit?: number;
  }

  /** The Level database under all tables: one ordered space of string keys, values as JSON. */
  export interface LevelDb {
    open(): Promise<void>;
    get(key: string): Promise<unknown>;
    batch(operations: readonly BatchOperation[]): Promise<void>;
    clear(range: KeyRange): Promise<void>;
    keys(range: KeyRange): AsyncIterable<string>;
    iterator(range: KeyRange): AsyncIterable<[string, unknown]>;
    close(): Promise<void>;
  }

  export interface Store {
    readonly options: object;
    readonly db: LevelDb;
    readonly tableDb: SubDb & { awsAccountId: string; awsRegion: string };
    getItemDb(table: string): SubDb;
    getIndexDb(indexType: string, table: string, index: string): SubDb;
    getTable(name: string, checkStatus: boolean, done: Callback<TableDescription>): void;
    getTable(name: string, done: Callback<TableDescription>): void;
  }

  export interface IndexActions {
    readonly puts: readonly { readonly index: string; readonly key: string; readonly item: Item }[];
    readonly deletes: readonly { readonly index: string; readonly key: string }[];
  }

  const db: {
    create(options: { path?: string; createTableMs: number; deleteTableMs: number; updateTableMs: number }): Store;
    createKey(item: Item, table: TableDescription): string;
    validateKey(key: Item, table: TableDescription): DynaliteError | null | undefined;
    itemSize(item: Item): number;
    getIndexActions(
      indexes: readonly IndexDescription[],
      before: Item | null,
      after: Item | null,
      table: TableDescription,
    ): IndexActions;
  };
  export default db;
}

declare module "dynalite/validations/index.js" {
  import type { Store } from "dynalite/db/index.js";

  const validations: {
    /** Throws a DynaliteError; deletes what it does not know from `data`. */
    checkTypes(data: object, types: object): Record<string, unknown>;
    checkValidations(data: object, types: object, custom: unknown, store: Store): void;
  };
  export default validations;
}

declare module "dynalite/validations/*.js" {
  const validation: { readonly types: object; readonly custom?: unknown };
  export default validation;
}

declare module "dynalite/actions/*.js" {
  import type { Callback, Store } from "dynalite/db/index.js";

  const action: (store: Store, data: object, done: Callback<Record<string, unknown>>) => void;
  export default action;
}
