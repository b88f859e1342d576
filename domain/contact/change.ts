import { isDeepStrictEqual } from "node:util";
import { isoTime } from "../clock.ts";
import { ValidationFailed } from "../error.ts";
import type { Id } from "../id.ts";
import { type ContactPatch, CustomFields, contactRef, type StoredContact } from "./contact.ts";
import { tagPlaces } from "./tag-places.ts";

/** What makes a change, and when: the same cause changes a contact once. */
export interface Change {
  readonly cause: string;
  readonly nowMs: number;
}

/** A contact that was not there before. */
export function newContact(
  tenantId: Id<"ten">,
  phoneNumber: string,
  given: ContactPatch,
  change: Change,
): StoredContact {
  const at = isoTime(change.nowMs);
  const blank: StoredContact = {
    ...contactRef(tenantId, phoneNumber),
    phoneNumber,
    name: null,
    email: null,
    tags: [],
    customFields: {},
    optedOut: false,
    optedOutAt: null,
    createdAt: at,
    updatedAt: at,
    revision: 0,
    changedBy: "",
    tagPlaces: [],
    whatsappNamedAt: null,
  };
  return { ...merged(blank, given, at), revision: 1, changedBy: change.cause };
}

/** The contact with a patch merged into it; the very same one where that changes nothing. */
export function patchedContact(contact: StoredContact, patch: ContactPatch, change: Change): StoredContact {
  const at = isoTime(change.nowMs);
  const after = merged(contact, patch, at);
  if (isDeepStrictEqual(after, contact)) return contact;
  return { ...after, updatedAt: at, revision: contact.revision + 1, changedBy: change.cause };
}

function merged(contact: StoredContact, patch: ContactPatch, at: string): StoredContact {
  const tags = patch.tags ?? contact.tags;
  const optedOut = patch.optedOut ?? contact.optedOut;
  return {
    ...contact,
    // A name that a customer gives is theirs, also where WhatsApp told the same one before.
    ...(patch.name === undefined ? {} : { name: patch.name, whatsappNamedAt: null }),
    email: patch.email === undefined ? contact.email : patch.email,
    tags,
    tagPlaces: tagPlaces(contact.tagPlaces, tags),
    customFields: mergedFields(contact.customFields, patch.customFields ?? {}),
    optedOut,
    optedOutAt: optedOut ? (contact.optedOutAt ?? at) : null,
  };
}

/** Each side keeps to the limits by itself; together they must as well. */
function mergedFields(before: CustomFields, patch: NonNullable<ContactPatch["customFields"]>): CustomFields {
  const kept = Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null);
  const read = CustomFields.safeParse(Object.fromEntries(kept));
  if (read.success) return read.data;
  throw new ValidationFailed(read.error.issues.map(({ message }) => ({ path: "body.customFields", message })));
}
