import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import { StoredContact } from "./contact.ts";

/** Those of a tenant's contacts that are there, by id; read consistently. */
export async function contactsById(
  db: Db<"contacts">,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, StoredContact>> {
  const keys = ids.map(id => ({ pk: tenantId, sk: id }));
  const items = await readItems(db.client, db.table.contacts, keys);
  return new Map(items.map(item => StoredContact.parse(item)).map(contact => [contact.id, contact]));
}
