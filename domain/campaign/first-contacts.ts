import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import type { PacedSession } from "./pace-row.ts";
import { dayOf, nextDayMs } from "./pacing.ts";

const Counted = z.object({ count: z.int() });

const keyOf = ({ tenantId, sessionId }: PacedSession, nowMs: number) => ({
  pk: `${tenantId}#${sessionId}`,
  sk: `day#${dayOf(nowMs)}`,
});

/** How many people a session's campaigns have written to first on this day. */
export async function firstContactsOn(db: Db<"paces">, session: PacedSession, nowMs: number): Promise<number> {
  const get = new GetCommand({ TableName: db.table.paces, Key: keyOf(session, nowMs), ConsistentRead: true });
  const { Item } = await db.client.send(get);
  return Item === undefined ? 0 : Counted.parse(Item).count;
}

/** The transaction item that counts one more: it fails its condition where the day has no room left. */
export function countFirstContact(db: Db<"paces">, session: PacedSession, max: number, nowMs: number): TransactItem {
  const bounded = Number.isFinite(max);
  return {
    Update: {
      TableName: db.table.paces,
      Key: keyOf(session, nowMs),
      UpdateExpression: "ADD #count :one SET #ttl = :ttl",
      ExpressionAttributeNames: { "#count": "count", "#ttl": "ttl" },
      ExpressionAttributeValues: {
        ":one": 1,
        ":ttl": Math.floor(nextDayMs(nowMs) / 1_000) + 86_400,
        ...(bounded ? { ":max": max } : {}),
      },
      ...(bounded ? { ConditionExpression: "attribute_not_exists(#count) OR #count < :max" } : {}),
    },
  };
}
