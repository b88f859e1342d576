import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import type { PacedSession } from "./pace-row.ts";

/** What a chat last said of wanting messages, by a word alone, and when. */
const LastWord = z.object({ word: z.enum(["out", "in"]), atMs: z.number() });
export type LastWord = z.infer<typeof LastWord>;

const keyOf = ({ tenantId, sessionId }: PacedSession, chatId: string) => ({
  pk: `${tenantId}#${sessionId}`,
  sk: `word#${chatId}`,
});

export async function lastWordOf(
  db: Db<"paces">,
  session: PacedSession,
  chatId: string,
): Promise<LastWord | undefined> {
  const get = new GetCommand({ TableName: db.table.paces, Key: keyOf(session, chatId), ConsistentRead: true });
  const { Item } = await db.client.send(get);
  return Item === undefined ? undefined : LastWord.parse(Item);
}

/** Notes that a word was heeded, unless a later one was. */
export async function noteLastWord(
  db: Db<"paces">,
  session: PacedSession,
  chatId: string,
  last: LastWord,
): Promise<void> {
  try {
    await db.client.send(
      new PutCommand({
        TableName: db.table.paces,
        Item: { ...keyOf(session, chatId), ...last },
        ConditionExpression: "attribute_not_exists(pk) OR atMs < :at",
        ExpressionAttributeValues: { ":at": last.atMs },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}
