import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Chat } from "../chat/chat.ts";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import { type EventRow, eventRetentionDays, putEventRow } from "../event/log.ts";
import { type Id, idOf } from "../id.ts";
import { Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
const pointersOf = (session: Owner, waMessageId: string) => `${session.tenantId}#${session.id}#wa#${waMessageId}`;

const Pointer = z.object({ messageId: idOf("msg"), chatKey: Jid });

/** Our id of a chat's message that is known by WhatsApp's, whoever wrote it; undefined where none is stored. */
export async function messageIdOf(
  db: Db<"messages">,
  session: Owner,
  chat: Chat,
  waMessageId: string,
): Promise<Id<"msg"> | undefined> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      KeyConditionExpression: "pk = :pk",
      FilterExpression: "attribute_exists(messageId)",
      ExpressionAttributeValues: { ":pk": pointersOf(session, waMessageId) },
      ConsistentRead: true,
      Limit: 10,
    }),
  );
  const pointers = (answer.Items ?? []).map(item => Pointer.parse(item));
  return pointers.find(({ chatKey }) => chat.names.includes(chatKey))?.messageId;
}

/**
 * Writes the event of a message that could not be read, once however often it is said. No message is stored: should
 * WhatsApp deliver it readable later, it takes its place in the history like any other. Answers false where it was said.
 */
export async function noteUndecryptable(
  db: Db<"messages" | "events">,
  session: Owner,
  seen: { waMessageId: string; sender: string; event: EventRow },
): Promise<boolean> {
  const note = {
    Put: {
      TableName: db.table.messages,
      Item: {
        pk: pointersOf(session, seen.waMessageId),
        sk: `undecryptable#${seen.sender}`,
        // As long as the log that tells of it.
        ttl: Math.floor(Date.parse(seen.event.event.createdAt) / 1_000) + eventRetentionDays * 86_400,
      },
      ConditionExpression: "attribute_not_exists(pk)",
    },
  };
  return transactIf(db, [note, putEventRow(db, seen.event)]);
}
