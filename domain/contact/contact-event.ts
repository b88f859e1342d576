import { isoTime } from "../clock.ts";
import { type EventRow, eventRow } from "../event/log.ts";
import { derivedId } from "../id.ts";
import type { Change } from "./change.ts";
import { publicContact, type StoredContact } from "./contact.ts";

type ContactEventType = "contact.created" | "contact.updated" | "contact.deleted" | "contact.opted_out";

/** What there is to tell of a change; one to a contact that now wants no more messages is told as that too. */
export function changeEvents(before: StoredContact | undefined, after: StoredContact, change: Change): EventRow[] {
  if (before === undefined) return [contactEvent(after, "contact.created", change)];
  const updated = contactEvent(after, "contact.updated", change);
  const optsOut = after.optedOut && !before.optedOut;
  return optsOut ? [updated, contactEvent(after, "contact.opted_out", change)] : [updated];
}

/** An event about a contact: it belongs to no session, and its `data` is the contact as the API gives it. */
export function contactEvent(contact: StoredContact, type: ContactEventType, { cause, nowMs }: Change): EventRow {
  const event = {
    id: derivedId("evt", [contact.tenantId, contact.id, type, cause]),
    type,
    createdAt: isoTime(nowMs),
    tenantId: contact.tenantId,
    sessionId: null,
    sequence: 0,
    metadata: {},
    data: publicContact(contact),
  };
  return eventRow(event, nowMs);
}
