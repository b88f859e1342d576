import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";

/**
 * Whether this tenant has, or had, this session: the counter of its events outlives it, so that the log of a deleted
 * session can still be read.
 */
export async function hadSession(db: Db<"sessions">, tenantId: string, sessionId: string): Promise<boolean> {
  const Key = { pk: `${tenantId}#${sessionId}`, sk: "counter#events" };
  const found = await db.client.send(new GetCommand({ TableName: db.table.sessions, Key, ConsistentRead: true }));
  return found.Item !== undefined;
}
