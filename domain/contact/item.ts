import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import type { ContactRef, StoredContact } from "./contact.ts";
import { digitsOf, listKey } from "./search-key.ts";

export const contactKey = ({ tenantId, id }: ContactRef) => ({ pk: tenantId, sk: id });

/** The partition of a tag in each of the indexes by tag. */
export const tagPartition = (tenantId: string, tag: string) => `${tenantId}#${tag}`;

/** Writes a contact over the one that was read, or over none; anything else fails the transaction's condition. */
export function putContact(
  db: Db<"contacts">,
  contact: StoredContact,
  before: StoredContact | undefined,
): TransactItem {
  const tags = contact.tagPlaces.flatMap((tag, place) =>
    tag === null ? [] : [[`tag${place}`, tagPartition(contact.tenantId, tag)]],
  );
  const Item = {
    ...contact,
    ...contactKey(contact),
    ...Object.fromEntries(tags),
    digits: digitsOf(contact.phoneNumber),
    listKey: listKey(contact),
  };
  return { Put: { TableName: db.table.contacts, Item, ...asRead(before) } };
}

export function deleteContactItem(db: Db<"contacts">, before: StoredContact): TransactItem {
  return { Delete: { TableName: db.table.contacts, Key: contactKey(before), ...asRead(before) } };
}

function asRead(before: StoredContact | undefined) {
  if (before === undefined) return { ConditionExpression: "attribute_not_exists(pk)" };
  return {
    // Deleted and made again, a contact counts from one anew: what made its last change tells the two apart.
    ConditionExpression: "revision = :revision AND changedBy = :changedBy",
    ExpressionAttributeValues: { ":revision": before.revision, ":changedBy": before.changedBy },
  };
}
