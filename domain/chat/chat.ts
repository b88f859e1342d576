import { GetCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { failedConditions, isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { isGroup, Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";

/**
 * One chat, however WhatsApp names it. `key` is what its messages are stored under and never changes; `id` is what
 * customers call it: the phone number's JID where the number is known, the LID or group JID otherwise.
 */
export interface Chat {
  readonly key: Jid;
  readonly id: Jid;
}

const Alias = z.object({ key: Jid, id: Jid });
type Owner = Pick<SessionRef, "id" | "tenantId">;
const partitionOf = (session: Owner) => `${session.tenantId}#${session.id}`;

const NamedAlias = Alias.extend({ sk: z.string() });

/** A chat, and the name of it that an item of the table holds. */
export function chatNamed(item: unknown): { name: string; chat: Chat } {
  const { sk, key, id } = NamedAlias.parse(item);
  return { name: sk.slice("alias#".length), chat: { key, id } };
}

/** The chat behind any of its names; a name never heard of is the name of a chat of its own. */
export async function chatOf(db: Db<"chats">, session: Owner, jid: Jid): Promise<Chat> {
  if (isGroup(jid)) return { key: jid, id: jid };
  const Key = { pk: partitionOf(session), sk: `alias#${jid}` };
  const found = await db.client.send(new GetCommand({ TableName: db.table.chats, Key, ConsistentRead: true }));
  return found.Item === undefined ? { key: jid, id: jid } : Alias.parse(found.Item);
}

/**
 * Remembers that a LID and a number are one person. Whichever of them already has messages keeps them: the other
 * becomes its alias. The first to say so wins; saying it again changes nothing.
 */
export async function linkNames(db: Db<"chats" | "messages">, session: Owner, lid: Jid, pn: Jid): Promise<void> {
  const key = (await hasMessages(db, session, lid)) ? lid : pn;
  const alias = (name: Jid) => ({
    Put: {
      TableName: db.table.chats,
      Item: { pk: partitionOf(session), sk: `alias#${name}`, key, id: pn },
      ConditionExpression: "attribute_not_exists(pk)",
    },
  });
  try {
    await db.client.send(new TransactWriteCommand({ TransactItems: [alias(lid), alias(pn)] }));
  } catch (error) {
    if (failedConditions(error) === undefined) throw error;
    return;
  }
  await nameChat(db, session, key, lid, pn);
}

/** A chat that began under a LID goes by its number in the list from now on, not only once somebody writes again. */
async function nameChat(db: Db<"chats">, session: Owner, key: Jid, lid: Jid, pn: Jid): Promise<void> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.chats,
        Key: { pk: partitionOf(session), sk: `chat#${key}` },
        UpdateExpression: "SET id = :pn, lid = :lid",
        ConditionExpression: "attribute_exists(activeAt)",
        ExpressionAttributeValues: { ":pn": pn, ":lid": lid },
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
