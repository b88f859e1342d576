import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { deleteItems } from "../dynamodb/delete-items.ts";
import { idOf } from "../id.ts";
import { mediaFolders, messageFileKey } from "../media/object-key.ts";
import { eraseChanges } from "./change-store.ts";
import { MessageFile, type MessageRef } from "./message.ts";

const Place = z.object({
  pk: z.string(),
  sk: z.string(),
  waMessageId: z.string().optional(),
  media: z.unknown().optional(),
  file: MessageFile.optional(),
});
type Place = z.infer<typeof Place>;
const pageSize = 100;

type ChatRef = Pick<MessageRef, "tenantId" | "sessionId" | "chatKey">;

/**
 * Erases every message of one chat with its file and what points at it, page by page: what a crash leaves, the next try
 * finds. A customer's own uploads stay: they are not the session's.
 */
export async function eraseMessages(
  db: Db<"messages">,
  removeFiles: (keys: readonly string[]) => Promise<void>,
  chat: ChatRef,
): Promise<void> {
  const pk = `${chat.tenantId}#${chat.sessionId}#${chat.chatKey}`;
  for (;;) {
    const messages = await placesIn(db, pk);
    if (messages.length === 0) break;
    const files = new Set(messages.flatMap(message => filesOf(chat, message)));
    if (files.size > 0) await removeFiles([...files]);
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

/** Also one that was put into the bucket by who did not live to note it, under the message's own key. */
function filesOf(chat: ChatRef, { sk, media, file }: Place): string[] {
  const id = idOf("msg").safeParse(sk);
  const own = id.success && (media ?? file) ? [messageFileKey({ ...chat, id: id.data })] : [];
  const isOurs = file?.at === "bucket" && file.key.startsWith(`${mediaFolders.messages}/`);
  return isOurs ? [...own, file.key] : own;
}

async function placesIn(db: Db<"messages">, pk: string): Promise<Place[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ProjectionExpression: "pk, sk, waMessageId, media, #file",
      ExpressionAttributeNames: { "#file": "file" },
      ConsistentRead: true,
      Limit: pageSize,
    }),
  );
  return (answer.Items ?? []).map(item => Place.parse(item));
}
