import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { idOf } from "../id.ts";
import { Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";
import type { StoredMessage } from "./message.ts";
import { findMessage } from "./store.ts";

const Pointer = z.object({ messageId: idOf("msg"), chatKey: Jid });

/** The messages known under one of WhatsApp's ids: one as a rule, since only its author's word keeps an id apart. */
export async function messagesUnder(
  db: Db<"messages">,
  session: Pick<SessionRef, "id" | "tenantId">,
  waMessageId: string,
): Promise<StoredMessage[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      KeyConditionExpression: "pk = :pk",
      FilterExpression: "attribute_exists(messageId)",
      ExpressionAttributeValues: { ":pk": `${session.tenantId}#${session.id}#wa#${waMessageId}` },
      ConsistentRead: true,
      Limit: 10,
    }),
  );
  const pointers = (answer.Items ?? []).map(item => Pointer.parse(item));
  const owner = { tenantId: session.tenantId, sessionId: session.id };
  const found = await Promise.all(
    pointers.map(({ messageId, chatKey }) => findMessage(db, { ...owner, chatKey, id: messageId })),
  );
  return found.filter(message => message !== undefined);
}
