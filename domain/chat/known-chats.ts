import { PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { deleteItems } from "../dynamodb/delete-items.ts";
import { Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
const partitionOf = (session: Owner) => `${session.tenantId}#${session.id}`;
/** Rows written before there were places of their own are the chats' themselves. */
const prefixes = ["place#", "chat#"] as const;

/**
 * Notes that a session has messages in a chat, before the first of them is stored: messages are kept by chat, so this
 * is what finds all of a session's messages again. It stays when the chat's own row expires: messages of another
 * retention may outlive that.
 */
export async function noteChat(db: Db<"chats">, session: Owner, chatKey: Jid): Promise<void> {
  try {
    await db.client.send(
      new PutCommand({
        TableName: db.table.chats,
        Item: { pk: partitionOf(session), sk: `place#${chatKey}`, key: chatKey },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}

const Known = z.object({ key: Jid });
const Keys = z.object({ pk: z.string(), sk: z.string() });

/** The keys of all chats in which a session has messages, some more than once. */
export async function* knownChats(db: Db<"chats">, session: Owner): AsyncGenerator<Jid> {
  for (const prefix of prefixes) for await (const item of itemsOf(db, session, prefix)) yield Known.parse(item).key;
}

/** Forgets a session's chats and their other names. */
export async function eraseChats(db: Db<"chats">, session: Owner): Promise<void> {
  const keys: z.infer<typeof Keys>[] = [];
  for await (const item of itemsOf(db, session, "")) {
    keys.push(Keys.parse(item));
    if (keys.length === 100) await deleteItems(db.client, db.table.chats, keys.splice(0));
  }
  await deleteItems(db.client, db.table.chats, keys);
}

async function* itemsOf(db: Db<"chats">, session: Owner, start: string): AsyncGenerator<Record<string, unknown>> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.chats,
        KeyConditionExpression: start === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :start)",
        ExpressionAttributeValues: { ":pk": partitionOf(session), ...(start === "" ? {} : { ":start": start }) },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    yield* answer.Items ?? [];
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
