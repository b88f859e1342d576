import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../../domain/dynamodb/db.ts";
import { transact } from "../../domain/dynamodb/transaction.ts";
import { credentialsKey, dataKeyKey, keyPartition, type SessionName } from "./key-item.ts";

const erasePageSize = 25;
const Row = z.object({ pk: z.string(), sk: z.string() });

/**
 * Erases everything a session has in the key table, and nothing else: after a logout, or with the session. The
 * credentials and the data key go last and together, so that an erasure cut short is taken up again by the next one
 * and no new identity ever meets old records. Journal entries not yet stored go too: store them first.
 */
export async function eraseSessionKeys(db: Db<"keys">, session: SessionName): Promise<void> {
  const pk = keyPartition(session);
  const last = new Set<string>([credentialsKey, dataKeyKey]);
  const deletion = (Key: { pk: string; sk: string }) => ({ Delete: { TableName: db.table.keys, Key } });
  for (let ExclusiveStartKey: Record<string, unknown> | undefined, first = true; first || ExclusiveStartKey; ) {
    first = false;
    const answer: { Items?: unknown[]; LastEvaluatedKey?: Record<string, unknown> } = await db.client.send(
      new QueryCommand({
        TableName: db.table.keys,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": pk },
        ProjectionExpression: "pk, sk",
        ConsistentRead: true,
        ExclusiveStartKey,
        Limit: erasePageSize,
      }),
    );
    const rows = (answer.Items ?? []).map(row => Row.parse(row)).filter(row => !last.has(row.sk));
    if (rows.length > 0) await transact(db, rows.map(deletion));
    ExclusiveStartKey = answer.LastEvaluatedKey;
  }
  await transact(
    db,
    [...last].map(sk => deletion({ pk, sk })),
  );
}
