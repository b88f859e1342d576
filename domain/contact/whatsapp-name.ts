import { isoTime } from "../clock.ts";
import type { Db } from "../dynamodb/db.ts";
import type { EventRow } from "../event/log.ts";
import type { Id } from "../id.ts";
import { type Jid, phoneOf } from "../jid.ts";
import type { Change } from "./change.ts";
import { contactRef, nameLengthMax, type StoredContact } from "./contact.ts";
import { spellingsOf } from "./spellings.ts";
import { saveContact } from "./store.ts";

/** What a person goes by at WhatsApp, and when they did. */
export interface WhatsAppName {
  readonly name: string;
  readonly atMs: number;
}

/**
 * Gives the contacts that a tenant has of a number, whichever way they spell it, the name that WhatsApp tells. Makes
 * none. Answers the events that tell of it, stored beside the change; the same cause changes a contact once.
 */
export async function noteWhatsAppName(
  db: Db<"contacts" | "events">,
  tenantId: Id<"ten">,
  number: Jid,
  told: WhatsAppName,
  change: Change,
): Promise<EventRow[]> {
  const events: EventRow[] = [];
  for (const phoneNumber of spellingsOf(number).flatMap(jid => phoneOf(jid) ?? [])) {
    const ref = contactRef(tenantId, phoneNumber);
    const saved = await saveContact(db, ref, change, before => before && namedByWhatsApp(before, told, change));
    events.push(...(saved?.events ?? []));
  }
  return events;
}

/**
 * The contact with the name that WhatsApp tells, where it has none or an older one of WhatsApp's; the very same one
 * where the customer gave it a name, or that changes nothing.
 */
export function namedByWhatsApp(contact: StoredContact, told: WhatsAppName, change: Change): StoredContact {
  const name = told.name.trim().slice(0, nameLengthMax).toWellFormed();
  const toldAt = isoTime(told.atMs);
  const isCustomers = contact.name !== null && contact.whatsappNamedAt === null;
  // What waited for one session may be older than what another one has heard by now.
  const isOld = contact.whatsappNamedAt !== null && toldAt < contact.whatsappNamedAt;
  if (name === "" || name === contact.name || isCustomers || isOld) return contact;
  return {
    ...contact,
    name,
    whatsappNamedAt: toldAt,
    updatedAt: isoTime(change.nowMs),
    revision: contact.revision + 1,
    changedBy: change.cause,
  };
}
