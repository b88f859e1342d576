import { setTimeout as delay } from "node:timers/promises";
import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { StoredContact } from "./contact.ts";

/** DynamoDB reads at most so many items at once. */
const batchMax = 100;
const triesMax = 8;

/** Those of a tenant's contacts that are there, by id; read consistently, a hundred at a time. */
export async function contactsById(
  db: Db<"contacts">,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, StoredContact>> {
  const found = new Map<string, StoredContact>();
  for (let start = 0; start < ids.length; start += batchMax) {
    const keys = ids.slice(start, start + batchMax).map(id => ({ pk: tenantId, sk: id }));
    for (const contact of await readBatch(db, keys)) found.set(contact.id, contact);
  }
  return found;
}

async function readBatch(db: Db<"contacts">, keys: Record<string, unknown>[]): Promise<StoredContact[]> {
  const table = db.table.contacts;
  const contacts: StoredContact[] = [];
  let Keys = keys;
  for (let attempt = 1; Keys.length > 0; attempt++) {
    const RequestItems = { [table]: { Keys, ConsistentRead: true } };
    const answer = await db.client.send(new BatchGetCommand({ RequestItems }));
    contacts.push(...(answer.Responses?.[table] ?? []).map(item => StoredContact.parse(item)));
    Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (Keys.length > 0 && attempt >= triesMax)
      throw new Error(`${Keys.length} contacts were left unread ${triesMax} times`);
    if (Keys.length > 0) await delay(Math.random() * 20 * 2 ** attempt);
  }
  return contacts;
}
