import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import { type MessageRef, StoredMessage } from "./message.ts";

/** Those of these messages that are there, by id; read consistently. */
export async function messagesAt(db: Db<"messages">, refs: readonly MessageRef[]): Promise<Map<string, StoredMessage>> {
  const keys = refs.map(({ tenantId, sessionId, chatKey, id }) => ({
    pk: `${tenantId}#${sessionId}#${chatKey}`,
    sk: id,
  }));
  const items = await readItems(db.client, db.table.messages, keys);
  return new Map(items.map(item => StoredMessage.parse(item)).map(message => [message.id, message]));
}
