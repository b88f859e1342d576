import type { BatchOperation, Item } from "dynalite/db/index.js";
import type { TableSettings } from "./table-settings.ts";
import type { ItemWrite } from "./write-set.ts";

const digits = 12;
const fiveYearsSeconds = 5 * 365 * 24 * 60 * 60;

/**
 * When an item expires, in Unix seconds. Only a number counts (DynamoDB developer guide, "Using time to live").
 */
export function expiryOf(item: Item | undefined, attribute: string): number | undefined {
  const value = item?.[attribute]?.N;
  if (typeof value !== "string") return undefined;
  const seconds = Math.floor(Number(value));
  return seconds >= 0 && seconds < 10 ** digits ? seconds : undefined;
}

/** The key of the expiry index: the items of a table in the order in which they expire. */
export function expiryDbKey(table: string, expirySeconds: number, itemKey: string): string {
  return `expiry~${table}~${String(expirySeconds).padStart(digits, "0")}~${itemKey}`;
}

export function parseExpiryDbKey(table: string, dbKey: string): { readonly itemKey: string } {
  return { itemKey: dbKey.slice(`expiry~${table}~`.length + digits + 1) };
}

/** The part of the index that is due: what expired before now, but not more than five years ago, as DynamoDB has it. */
export function dueRange(table: string, nowSeconds: number): { readonly gte: string; readonly lt: string } {
  return {
    gte: expiryDbKey(table, Math.max(0, nowSeconds - fiveYearsSeconds), ""),
    lt: expiryDbKey(table, nowSeconds, ""),
  };
}

export function wholeRange(table: string): { readonly gte: string; readonly lt: string } {
  return { gte: `expiry~${table}~`, lt: `expiry~${table}~\xff` };
}

/** What a write changes in the expiry index of its table. */
export function expiryOperations(timeToLive: TableSettings["timeToLive"], write: ItemWrite): readonly BatchOperation[] {
  if (timeToLive?.enabled !== true) return [];
  const before = expiryOf(write.before, timeToLive.attribute);
  const after = expiryOf(write.after, timeToLive.attribute);
  if (before === after) return [];
  const operations: BatchOperation[] = [];
  if (before !== undefined) operations.push({ type: "del", key: expiryDbKey(write.table, before, write.key) });
  if (after !== undefined) operations.push({ type: "put", key: expiryDbKey(write.table, after, write.key), value: 1 });
  return operations;
}
