import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { type MessageRef, StoredMessage } from "./message.ts";

const pageSize = 100;
/** Further back, what is unread stays so: a chat that nobody has read in a thousand messages is one nobody reads. */
const lookedAtMax = 1_000;

/**
 * The messages of a chat that came in and are unread, up to and with one of them, oldest first: who has read a message
 * has, for WhatsApp, read all before it.
 */
export async function unreadUpTo(db: Db<"messages">, ref: MessageRef): Promise<StoredMessage[]> {
  const unread: StoredMessage[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  for (let looked = 0; looked < lookedAtMax; looked += pageSize) {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.messages,
        KeyConditionExpression: "pk = :pk AND sk <= :upTo",
        ExpressionAttributeValues: { ":pk": `${ref.tenantId}#${ref.sessionId}#${ref.chatKey}`, ":upTo": ref.id },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: pageSize,
        ExclusiveStartKey,
      }),
    );
    const page = (answer.Items ?? []).map(item => StoredMessage.parse(item));
    unread.push(...page.filter(({ status }) => status === "received"));
    ExclusiveStartKey = answer.LastEvaluatedKey;
    if (ExclusiveStartKey === undefined) break;
  }
  return unread.reverse();
}
