import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { messagesAt } from "../message/read-many.ts";
import type { Cursors, Page } from "../page.ts";
import type { SessionRef } from "../session/session.ts";
import { ChatRow, type PublicChat, publicChat } from "./chat-row.ts";

/** A session's chats, those with something happening last first, each with its last message as that is now. */
export async function listChats(
  db: Db<"chats" | "messages">,
  session: Pick<SessionRef, "id" | "tenantId">,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<PublicChat>> {
  const listPk = `${session.tenantId}#${session.id}`;
  const after = page.cursor === undefined ? undefined : page.cursors.open(page.cursor);
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.chats,
      IndexName: "byActivity",
      KeyConditionExpression: "listPk = :session",
      ExpressionAttributeValues: { ":session": listPk },
      ExclusiveStartKey: after && { pk: listPk, listPk, sk: after.sk, activeAt: after.activeAt },
      ScanIndexForward: false,
      Limit: page.limit,
    }),
  );
  const rows = (answer.Items ?? []).map(item => ChatRow.parse(item));
  const refs = rows.map(row => ({
    tenantId: session.tenantId,
    sessionId: session.id,
    chatKey: row.key,
    id: row.lastMessageId,
  }));
  const messages = await messagesAt(db, refs);
  const last = rows.at(-1);
  const more = answer.LastEvaluatedKey !== undefined && last !== undefined;
  return {
    data: rows.map(row => publicChat(row, messages.get(row.lastMessageId))),
    nextCursor: more ? page.cursors.seal({ sk: last.sk, activeAt: last.activeAt }) : null,
  };
}
