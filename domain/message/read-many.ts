import { setTimeout as delay } from "node:timers/promises";
import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { type MessageRef, StoredMessage } from "./message.ts";

const triesMax = 8;

/** Those of at most a hundred messages that are there, by id. */
export async function messagesAt(db: Db<"messages">, refs: readonly MessageRef[]): Promise<Map<string, StoredMessage>> {
  const table = db.table.messages;
  const found = new Map<string, StoredMessage>();
  let Keys: Record<string, unknown>[] = refs.map(({ tenantId, sessionId, chatKey, id }) => ({
    pk: `${tenantId}#${sessionId}#${chatKey}`,
    sk: id,
  }));
  for (let attempt = 1; Keys.length > 0; attempt++) {
    const RequestItems = { [table]: { Keys, ConsistentRead: true } };
    const answer = await db.client.send(new BatchGetCommand({ RequestItems }));
    for (const item of answer.Responses?.[table] ?? []) {
      const message = StoredMessage.parse(item);
      found.set(message.id, message);
    }
    Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (Keys.length > 0 && attempt >= triesMax) throw new Error(`${Keys.length} messages were left unread`);
    if (Keys.length > 0) await delay(Math.random() * 20 * 2 ** attempt);
  }
  return found;
}
