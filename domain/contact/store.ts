import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { pauseAfter, transactIf } from "../dynamodb/transaction.ts";
import { DomainError } from "../error.ts";
import { type EventRow, putEventRow } from "../event/log.ts";
import type { Change } from "./change.ts";
import { type ContactRef, StoredContact } from "./contact.ts";
import { changeEvents, contactEvent } from "./contact-event.ts";
import { contactKey, deleteContactItem, putContact } from "./item.ts";

type ContactsDb = Db<"contacts">;
type ChangingDb = Db<"contacts" | "events">;

/** A contact with the events that tell of its change, stored beside it; none where it changed nothing. */
export interface SavedContact {
  readonly contact: StoredContact;
  readonly isNew: boolean;
  readonly events: readonly EventRow[];
}

/** Others changed the contact again and again while this request tried to. */
class ContactBusy extends DomainError {
  override readonly name = "ContactBusy";
  constructor() {
    super("unavailable", "The contact is being changed by many requests at once.");
  }
}

const triesMax = 8;

/** Reads a contact consistently, or undefined. */
export async function findContact(db: ContactsDb, ref: ContactRef): Promise<StoredContact | undefined> {
  const get = new GetCommand({ TableName: db.table.contacts, Key: contactKey(ref), ConsistentRead: true });
  const { Item } = await db.client.send(get);
  return Item === undefined ? undefined : StoredContact.parse(Item);
}

/**
 * Makes of a contact, as it is now, what `make` answers, together with its events. `make` may be asked again where
 * somebody else changes the contact meanwhile; it answers undefined to leave it alone. Doing it again with the same
 * cause changes nothing.
 */
export async function saveContact(
  db: ChangingDb,
  ref: ContactRef,
  change: Change,
  make: (before: StoredContact | undefined) => StoredContact | undefined,
): Promise<SavedContact | undefined> {
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const before = await findContact(db, ref);
    if (before?.changedBy === change.cause) return { contact: before, isNew: before.revision === 1, events: [] };
    const contact = make(before);
    if (contact === undefined) return undefined;
    if (contact === before) return { contact, isNew: false, events: [] };
    const events = changeEvents(before, contact, change);
    const items = [putContact(db, contact, before), ...events.map(row => putEventRow(db, row))];
    if (await transactIf(db, items)) return { contact, isNew: before === undefined, events };
    await pauseAfter(attempt);
  }
  throw new ContactBusy();
}

/** Deletes a contact and tells of it; undefined where it is gone already. */
export async function deleteContact(db: ChangingDb, ref: ContactRef, change: Change): Promise<EventRow | undefined> {
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const before = await findContact(db, ref);
    if (before === undefined) return undefined;
    const event = contactEvent(before, "contact.deleted", change);
    if (await transactIf(db, [deleteContactItem(db, before), putEventRow(db, event)])) return event;
    await pauseAfter(attempt);
  }
  throw new ContactBusy();
}
