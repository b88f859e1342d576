import type { Chat } from "../chat/chat.ts";
import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { DomainError } from "../error.ts";
import type { Id } from "../id.ts";
import { type Jid, phoneOf } from "../jid.ts";
import { type ContactRef, contactRef } from "./contact.ts";
import { contactKey } from "./item.ts";
import { contactsById } from "./read-many.ts";
import { sameLine } from "./spellings.ts";

/** The person said that they want no more messages. */
class OptedOut extends DomainError {
  override readonly name = "OptedOut";
  constructor() {
    super("opted_out", "This contact has opted out; set its optedOut to false once they want messages again.");
  }
}

type NamedChat = Pick<Chat, "id" | "names">;

/**
 * The contacts that a tenant may have of a chat's person, whichever of its names, and whichever spelling of its number,
 * they were saved under; that of the chat's id first. None of a group, nor of people whose number is not known.
 */
export function contactsOfChat(tenantId: Id<"ten">, { id, names }: NamedChat): ContactRef[] {
  const numbers = [id, ...names].flatMap(name => [name, ...sameLine(name)]).map(phoneOf);
  return [...new Set(numbers)].flatMap(number => (number === null ? [] : [contactRef(tenantId, number)]));
}

/** Throws OptedOut where a chat is with a contact of the tenant's that has opted out. Groups and unknown numbers have not. */
export async function refuseOptedOut(db: Db<"contacts">, tenantId: Id<"ten">, chat: NamedChat): Promise<void> {
  if ((await optedOutAmong(db, tenantId, [chat])).has(chat.id)) throw new OptedOut();
}

/**
 * The transaction items each of which fails its condition where a chat is with a contact that has opted out: put them
 * beside what is sent there. None for groups and people whose number is not known.
 */
export function wantsMessages(db: Db<"contacts">, tenantId: Id<"ten">, chat: NamedChat): TransactItem[] {
  return contactsOfChat(tenantId, chat).map(ref => ({
    ConditionCheck: {
      TableName: db.table.contacts,
      Key: contactKey(ref),
      ConditionExpression: "attribute_not_exists(pk) OR optedOut = :no",
      ExpressionAttributeValues: { ":no": false },
    },
  }));
}

/** Those of many chats, by their ids, that are with contacts of the tenant's that have opted out. */
export async function optedOutAmong(
  db: Db<"contacts">,
  tenantId: Id<"ten">,
  chats: readonly NamedChat[],
): Promise<Set<Jid>> {
  const refs = chats.map(chat => ({ chat, ids: contactsOfChat(tenantId, chat).map(({ id }) => id) }));
  const contacts = await contactsById(db, tenantId, [...new Set(refs.flatMap(({ ids }) => ids))]);
  const out = refs.filter(({ ids }) => ids.some(id => contacts.get(id)?.optedOut));
  return new Set(out.map(({ chat }) => chat.id));
}
