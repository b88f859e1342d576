import type { Item } from "dynalite/db/index.js";
import type { TableSettings } from "./stored-table.ts";

const secondsMax = 10 ** 12;

/**
 * When an item expires, in Unix seconds, or null where it stays. Only a number counts (DynamoDB developer guide, "Using
 * time to live").
 */
export function expiryOf(item: Item, timeToLive: TableSettings["timeToLive"]): number | null {
  if (timeToLive?.enabled !== true) return null;
  const value = item[timeToLive.attribute]?.N;
  if (typeof value !== "string") return null;
  const seconds = Math.floor(Number(value));
  return seconds >= 0 && seconds < secondsMax ? seconds : null;
}
