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
    readonly [member: string]: unknown;
  }

  export interface TableDescription {
    readonly TableName: string;
    readonly TableArn: string;
    readonly KeySchema: readonly KeyElement[];
    readonly AttributeDefinitions: readonly AttributeDefinition[];
    readonly LocalSecondaryIndexes?: readonly IndexDescription[];
    readonly GlobalSecondaryIndexes?: readonly IndexDescription[];
    readonly TableStatus: string;
    readonly [member: string]: unknown;
  }

  /** A range of encoded keys, with the direction and the number of items that an action wants to read. */
  export interface KeyRange {
    readonly gte?: string;
    readonly gt?: string;
    readonly lte?: string;
    readonly lt?: string;
    readonly reverse?: boolean;
    readonly limit?: number;
  }

  export interface SubDb {
    get(key: string, done: Callback<Item>): void;
    put(key: string, value: Item, done: Callback<void>): void;
    del(key: string, done: Callback<void>): void;
    lock(key: string, work: (release: <D>(done: D) => D) => void): void;
    /** Answers an event emitter; dynalite waits for its `data` and `end`. */
    createValueStream(range: KeyRange): NodeJS.EventEmitter;
  }

  export interface Store {
    readonly options: { readonly maxItemSize: number };
    readonly tableDb: { readonly awsAccountId: string; readonly awsRegion: string };
    getItemDb(table: string): SubDb;
    getIndexDb(indexType: string, table: string, index: string): SubDb;
    getTable(name: string, checkStatus: boolean, done: Callback<TableDescription>): void;
    getTable(name: string, done: Callback<TableDescription>): void;
  }

  const db: {
    createKey(item: Item, table: TableDescription, keySchema?: readonly KeyElement[]): string;
    validateKey(key: Item, table: TableDescription): DynaliteError | null | undefined;
    /** Bytes. With the last three arguments, as DynamoDB counts towards the 1 MB of a page. */
    itemSize(item: Item, compress?: boolean, addMetaSize?: boolean, rangeKey?: string): number;
    matchesExprFilter(item: Item, expression: object): boolean;
    matchesFilter(item: Item, filter: object, conditionalOperator: unknown): boolean;
    mapPaths(paths: readonly unknown[], item: Item): Item;
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
