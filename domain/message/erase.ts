import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { deleteItems } from "../dynamodb/delete-items.ts";
import { eraseChanges } from "./change-store.ts";
import type { MessageRef } from "./message.ts";

const Place = z.object({ pk: z.string(), sk: z.string(), waMessageId: z.string().optional() });
const pageSize = 100;

/** Erases every message of one chat with what points at them, page by page: what a crash leaves, the next try finds. */
export async function eraseMessages(
  db: Db<"messages">,
  chat: Pick<MessageRef, "tenantId" | "sessionId" | "chatKey">,
): Promise<void> {
  const pk = `${chat.tenantId}#${chat.sessionId}#${chat.chatKey}`;
  for (;;) {
    const messages = await placesIn(db, pk);
    if (messages.length === 0) break;
    const ids = messages.flatMap(({ waMessageId }) => (waMessageId === undefined ? [] : [waMessageId]));
    // Pointers first: a message without them is still found by its chat, the other way round nothing would be.
    for (const id of new Set(ids)) {
      const pointers = await placesIn(db, `${chat.tenantId}#${chat.sessionId}#wa#${id}`);
      await deleteItems(db.client, db.table.messages, pointers);
    }
    await deleteItems(db.client, db.table.messages, messages);
  }
  await eraseChanges(db, chat);
}

async function placesIn(db: Db<"messages">, pk: string): Promise<z.infer<typeof Place>[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ProjectionExpression: "pk, sk, waMessageId",
      ConsistentRead: true,
      Limit: pageSize,
    }),
  );
  return (answer.Items ?? []).map(item => Place.parse(item));
}
