import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import { messagesAt } from "../message/read-many.ts";
import type { Cursors, Page } from "../page.ts";
import type { SessionRef } from "../session/session.ts";
import { ChatRow, type PublicChat, publicChat } from "./chat-row.ts";

/**
 * A session's chats, those with something happening last first, each with its last message as that is now. One that
 * has expired is not among them, however long DynamoDB takes to delete it. A page may be shorter than its limit.
 */
export async function listChats(
  db: Db<"chats" | "messages">,
  session: Pick<SessionRef, "id" | "tenantId">,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors; nowMs: number },
): Promise<Page<PublicChat>> {
  const nowSeconds = Math.floor(page.nowMs / 1_000);
  const listPk = `${session.tenantId}#${session.id}`;
  const after = page.cursor === undefined ? undefined : page.cursors.open(page.cursor);
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.chats,
      IndexName: "byActivity",
      KeyConditionExpression: "listPk = :session",
      FilterExpression: "attribute_not_exists(mergedInto) AND (attribute_not_exists(#ttl) OR #ttl > :now)",
      ExpressionAttributeNames: { "#ttl": "ttl" },
      ExpressionAttributeValues: { ":session": listPk, ":now": nowSeconds },
      ExclusiveStartKey: after && { pk: listPk, listPk, sk: after.sk, activeAt: after.activeAt },
      ScanIndexForward: false,
      Limit: page.limit,
    }),
  );
  const rows = await Promise.all((answer.Items ?? []).map(item => withAbsorbed(db, ChatRow.parse(item), nowSeconds)));
  const refs = rows.map(row => ({
    tenantId: session.tenantId,
    sessionId: session.id,
    chatKey: row.lastMessageKey ?? row.key,
    id: row.lastMessageId,
  }));
  const messages = await messagesAt(db, refs);
  const next = LastRow.safeParse(answer.LastEvaluatedKey);
  return {
    data: rows.map(row => publicChat(row, messages.get(row.lastMessageId))),
    nextCursor: next.success ? page.cursors.seal(next.data) : null,
  };
}

const LastRow = z.object({ sk: z.string(), activeAt: z.string() });

/** A chat with what is unread in the rows that it took up; few have any. */
async function withAbsorbed(db: Db<"chats">, row: ChatRow, nowSeconds: number): Promise<ChatRow> {
  const keys = (row.absorbed ?? []).map(key => ({ pk: row.pk, sk: `chat#${key}` }));
  const items = await readItems(db.client, db.table.chats, keys);
  const there = items.map(item => Unread.parse(item)).filter(({ ttl }) => ttl === undefined || ttl > nowSeconds);
  const unread = there.map(({ unreadCount }) => Math.max(0, unreadCount));
  return { ...row, unreadCount: Math.max(0, row.unreadCount) + unread.reduce((sum, count) => sum + count, 0) };
}

const Unread = z.object({ unreadCount: z.int().default(0), ttl: z.int().optional() });
