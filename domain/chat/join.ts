import { QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { failedConditions, isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transact } from "../dynamodb/transaction.ts";
import { isLid, type Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";
import { type Chat, chatOf } from "./chat.ts";
import { ChatRow } from "./chat-row.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
const partitionOf = (session: Owner) => `${session.tenantId}#${session.id}`;
const rowKey = (session: Owner, key: Jid) => ({ pk: partitionOf(session), sk: `chat#${key}` });

/**
 * Remembers that two names are one person, whichever of them, or both, have messages by now: from then on they are one
 * chat with one history. No message moves, since a history is read under all names of its chat; only the row in the
 * list of chats is taken up by the other. Saying it again changes nothing. `known` is the one by which customers know
 * the person: the number, in WhatsApp's own spelling.
 */
export async function joinNames(
  db: Db<"chats" | "messages">,
  session: Owner,
  { known, other }: { readonly known: Jid; readonly other: Jid },
): Promise<Chat> {
  const [chat, joining] = [await chatOf(db, session, known), await chatOf(db, session, other)];
  if (chat.names.includes(other) && joining.names.includes(known)) return chat;
  const names = [...new Set([...chat.names, ...joining.names])];
  const id = isLid(chat.id) ? known : chat.id;
  const key = await survivorOf(db, session, chat, joining);
  const joined = { key, id, names };
  // The list first: a crash in between is made up for by the next message, which says again that they are one.
  await joinRows(db, session, joined);
  const aliases = names.map(name => ({
    Put: {
      TableName: db.table.chats,
      Item: { pk: partitionOf(session), sk: `alias#${name}`, ...joined },
      ConditionExpression: "attribute_not_exists(pk) OR #key IN (:one, :other)",
      ExpressionAttributeNames: { "#key": "key" },
      ExpressionAttributeValues: { ":one": chat.key, ":other": joining.key },
    },
  }));
  try {
    await transact(db, aliases);
    return joined;
  } catch (error) {
    // Somebody joined one of them to a third name meanwhile.
    if (failedConditions(error) === undefined) throw error;
    return joinNames(db, session, { known, other });
  }
}

/** New messages go where messages are; where both have some, to the chat that customers know by its number. */
async function survivorOf(db: Db<"messages">, session: Owner, chat: Chat, joining: Chat): Promise<Jid> {
  if (await hasMessages(db, session, chat.key)) return chat.key;
  return (await hasMessages(db, session, joining.key)) ? joining.key : chat.key;
}

async function joinRows(db: Db<"chats">, session: Owner, { key, id, names }: Chat): Promise<void> {
  const absorbed: ChatRow[] = [];
  for (const name of names) {
    const row = name === key ? undefined : await absorb(db, session, name, key);
    if (row !== undefined) absorbed.push(row);
  }
  const lid = names.find(isLid);
  await updateRow(db, session, key, { id, ...(lid && { lid }) }, "attribute_exists(activeAt)");
  if (absorbed.length === 0) return;
  await updateRow(db, session, key, { absorbed: absorbed.map(row => row.key) }, "attribute_exists(activeAt)");
  const [last] = absorbed.sort((a, b) => b.activeAt.localeCompare(a.activeAt));
  if (last === undefined) return;
  const { lastMessageId, activeAt, ttl } = last;
  const newest = { lastMessageId, lastMessageKey: last.lastMessageKey ?? last.key, activeAt, ttl };
  await updateRow(db, session, key, newest, "activeAt < :activeAt");
}

/** Takes a name's row out of the list; answers it where it was in use. Its count of unread messages goes on there. */
async function absorb(db: Db<"chats">, session: Owner, name: Jid, into: Jid): Promise<ChatRow | undefined> {
  const answer = await db.client.send(
    new UpdateCommand({
      TableName: db.table.chats,
      Key: rowKey(session, name),
      UpdateExpression: "SET mergedInto = :into, #key = :name REMOVE listPk",
      ExpressionAttributeNames: { "#key": "key" },
      ExpressionAttributeValues: { ":into": into, ":name": name },
      ReturnValues: "ALL_NEW",
    }),
  );
  return ChatRow.safeParse(answer.Attributes).data;
}

/** What is undefined of the fields is taken away. */
async function updateRow(
  db: Db<"chats">,
  session: Owner,
  key: Jid,
  fields: Readonly<Record<string, unknown>>,
  condition: string,
): Promise<void> {
  const names = Object.keys(fields);
  const [given, gone] = [
    names.filter(name => fields[name] !== undefined),
    names.filter(name => fields[name] === undefined),
  ];
  const remove = gone.length === 0 ? "" : ` REMOVE ${gone.map(name => `#${name}`).join(", ")}`;
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.chats,
        Key: rowKey(session, key),
        UpdateExpression: `SET ${given.map(name => `#${name} = :${name}`).join(", ")}${remove}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(names.map(name => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(given.map(name => [`:${name}`, fields[name]])),
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}

async function hasMessages(db: Db<"messages">, session: Owner, jid: Jid): Promise<boolean> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": `${partitionOf(session)}#${jid}` },
      ConsistentRead: true,
      Limit: 1,
    }),
  );
  return (answer.Items ?? []).length > 0;
}
