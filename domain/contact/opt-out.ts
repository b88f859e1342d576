import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { DomainError } from "../error.ts";
import type { Id } from "../id.ts";
import { type Jid, phoneOf } from "../jid.ts";
import { contactRef } from "./contact.ts";
import { contactKey } from "./item.ts";
import { contactsById } from "./read-many.ts";
import { findContact } from "./store.ts";

/** The person said that they want no more messages. */
class OptedOut extends DomainError {
  override readonly name = "OptedOut";
  constructor() {
    super("opted_out", "This contact has opted out; set its optedOut to false once they want messages again.");
  }
}

/** Throws OptedOut where a chat is with a contact of the tenant's that has opted out. Groups and unknown numbers have not. */
export async function refuseOptedOut(db: Db<"contacts">, tenantId: Id<"ten">, chat: Jid): Promise<void> {
  const phoneNumber = phoneOf(chat);
  if (phoneNumber === null) return;
  const contact = await findContact(db, contactRef(tenantId, phoneNumber));
  if (contact?.optedOut) throw new OptedOut();
}

/**
 * The transaction item that fails its condition where a chat is with a contact that has opted out: put it beside what is
 * sent there. Undefined for groups and people whose number is not known.
 */
export function wantsMessages(db: Db<"contacts">, tenantId: Id<"ten">, chat: Jid): TransactItem | undefined {
  const phoneNumber = phoneOf(chat);
  if (phoneNumber === null) return undefined;
  return {
    ConditionCheck: {
      TableName: db.table.contacts,
      Key: contactKey(contactRef(tenantId, phoneNumber)),
      ConditionExpression: "attribute_not_exists(pk) OR optedOut = :no",
      ExpressionAttributeValues: { ":no": false },
    },
  };
}

/** Those of many chats that are with contacts of the tenant's that have opted out. */
export async function optedOutAmong(db: Db<"contacts">, tenantId: Id<"ten">, chats: readonly Jid[]): Promise<Set<Jid>> {
  const idOf = (chat: Jid) => {
    const phoneNumber = phoneOf(chat);
    return phoneNumber === null ? "" : contactRef(tenantId, phoneNumber).id;
  };
  const byId = new Map(chats.map(chat => [idOf(chat), chat]));
  byId.delete("");
  const contacts = await contactsById(db, tenantId, [...byId.keys()]);
  return new Set([...byId].flatMap(([id, chat]) => (contacts.get(id)?.optedOut ? [chat] : [])));
}
