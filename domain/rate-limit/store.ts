import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isoTime } from "../clock.ts";
import { nextCount } from "../dynamodb/counter.ts";
import type { Db } from "../dynamodb/db.ts";
import { monthExpiry, monthOf } from "../usage/month.ts";
import { windowAt } from "./window.ts";

const keptAfterWindowSeconds = 3_600;

const monthKey = (tenantId: string, at: string) => ({ pk: `${tenantId}#requests`, sk: monthOf(at) });

/**
 * Counts one request of a tenant and answers how many that makes in this minute, itself included. One atomic `ADD`,
 * so of limit + 1 requests at once exactly one gets the number that is too many. A second one beside it counts the
 * month: no harder on its item than the first, which must be one item, is on the minute's.
 */
export async function countRequest(db: Db<"rate_windows">, tenantId: string, nowMs: number): Promise<number> {
  const { name, endsAtSeconds } = windowAt(nowMs);
  const ttl = endsAtSeconds + keptAfterWindowSeconds;
  const at = isoTime(nowMs);
  const [nth] = await Promise.all([
    nextCount(db, db.table.rate_windows, { pk: tenantId, sk: name }, { ttl }),
    nextCount(db, db.table.rate_windows, monthKey(tenantId, at), { ttl: monthExpiry(at) }),
  ]);
  return nth;
}

const Counted = z.object({ count: z.int() });

/** How many requests of a tenant were counted in this month so far. */
export async function requestsOfMonth(db: Db<"rate_windows">, tenantId: string, nowMs: number): Promise<number> {
  const Key = monthKey(tenantId, isoTime(nowMs));
  const found = await db.client.send(new GetCommand({ TableName: db.table.rate_windows, Key, ConsistentRead: true }));
  return found.Item === undefined ? 0 : Counted.parse(found.Item).count;
}
