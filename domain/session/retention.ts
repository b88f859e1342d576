import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transact } from "../dynamodb/transaction.ts";
import { idOf } from "../id.ts";
import { sessionRowsOf } from "./of-tenant.ts";

/** Null: for good. */
type RetentionDays = number | null;

const Told = z.object({ retentionDays: z.int().min(1).nullable().optional() });
const Named = z.object({ sk: idOf("ses") });

/**
 * How long the messages of a tenant's sessions are kept where that was changed since it was made; undefined where it
 * never was. It stands in the row that counts the sessions, so that making one can depend on it.
 */
export async function changedRetention(db: Db<"sessions">, tenantId: string): Promise<RetentionDays | undefined> {
  const Key = { pk: tenantId, sk: "count" };
  const found = await db.client.send(new GetCommand({ TableName: db.table.sessions, Key, ConsistentRead: true }));
  return Told.optional().parse(found.Item)?.retentionDays;
}

/**
 * Has all sessions of a tenant, and those made from now on, keep new messages so long; everybody who stores a message
 * has read its session's row at most five seconds before. Sessions that have it already are left alone: saying it again
 * after a crash carries on where that came.
 */
export async function keepMessagesFor(db: Db<"sessions">, tenantId: string, days: RetentionDays): Promise<void> {
  await tellNewSessions(db, tenantId, days);
  const others = {
    FilterExpression: "attribute_not_exists(retentionDays) OR retentionDays <> :days",
    ProjectionExpression: "sk",
    values: { ":days": days },
  };
  for await (const rows of sessionRowsOf(db, tenantId, others)) {
    await Promise.all(rows.map(row => tellSession(db, { pk: tenantId, sk: Named.parse(row).sk }, days)));
  }
}

/** As a transaction, like all that follow: these rows are written by others' transactions at any time. */
async function tellNewSessions(db: Db<"sessions">, tenantId: string, days: RetentionDays): Promise<void> {
  const count = {
    Update: {
      TableName: db.table.sessions,
      Key: { pk: tenantId, sk: "count" },
      UpdateExpression: "SET retentionDays = :days ADD #count :none",
      ExpressionAttributeNames: { "#count": "count" },
      ExpressionAttributeValues: { ":days": days, ":none": 0 },
    },
  };
  await transact(db, [count]);
}

async function tellSession(db: Db<"sessions">, Key: { pk: string; sk: string }, days: RetentionDays): Promise<void> {
  const update = {
    Update: {
      TableName: db.table.sessions,
      Key,
      UpdateExpression: "SET retentionDays = :days",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":days": days },
    },
  };
  try {
    await transact(db, [update]);
  } catch (error) {
    // It is gone, which is as good.
    if (failedConditions(error) === undefined) throw error;
  }
}
