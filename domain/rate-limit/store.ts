import { nextCount } from "../dynamodb/counter.ts";
import type { Db } from "../dynamodb/db.ts";
import { windowAt } from "./window.ts";

const keptAfterWindowSeconds = 3_600;

/**
 * Counts one request of a tenant and answers how many that makes in this minute, itself included. One atomic `ADD`,
 * so of limit + 1 requests at once exactly one gets the number that is too many.
 */
export function countRequest(db: Db<"rate_windows">, tenantId: string, nowMs: number): Promise<number> {
  const { name, endsAtSeconds } = windowAt(nowMs);
  const ttl = endsAtSeconds + keptAfterWindowSeconds;
  return nextCount(db, db.table.rate_windows, { pk: tenantId, sk: name }, { ttl });
}
