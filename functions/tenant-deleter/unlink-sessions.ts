import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { Session } from "../../domain/session/session.ts";
import { unlinkSession } from "../../domain/session/unlink.ts";

/**
 * Has the socket hosts unlink every session of a tenant and erase its keys, which nobody else may touch. Answers how
 * many sessions there still are. Nobody is rung for: a host looks into its sessions' outboxes every 15 seconds.
 */
export async function unlinkSessions(
  db: Db<"sessions" | "outbox" | "events">,
  tenantId: string,
  now: Now,
): Promise<number> {
  let left = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.sessions,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :sessions)",
        ExpressionAttributeValues: { ":pk": tenantId, ":sessions": "ses_" },
        ConsistentRead: true,
        Limit: 25,
        ExclusiveStartKey,
      }),
    );
    for (const item of answer.Items ?? []) {
      left++;
      const session = Session.parse(item);
      if (session.status !== "stopped") await unlinkSession(db, session, false, now());
    }
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return left;
}
