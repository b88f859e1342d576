import { type Change, patchedContact } from "../../../domain/contact/change.ts";
import { type Contact, type ContactPatch, publicContact, type StoredContact } from "../../../domain/contact/contact.ts";
import { saveContact } from "../../../domain/contact/store.ts";
import { NotFound, ValidationFailed } from "../../../domain/error.ts";
import type { ContactsContext } from "./context.ts";

/** A contact changed by what `patch` makes of it as it is now, and told of. A number said with it must be its own. */
export async function changedContact(
  { db, events }: ContactsContext,
  contact: StoredContact,
  change: Change & { readonly phoneNumber: string | undefined },
  patch: (before: StoredContact) => ContactPatch,
): Promise<Contact> {
  if (change.phoneNumber !== undefined && change.phoneNumber !== contact.phoneNumber) throw new OtherNumber();
  const saved = await saveContact(
    db,
    contact,
    change,
    before => before && patchedContact(before, patch(before), change),
  );
  if (saved === undefined) throw new NotFound();
  await events.tell(saved.events);
  return publicContact(saved.contact);
}

class OtherNumber extends ValidationFailed {
  constructor() {
    super([{ path: "body.phoneNumber", message: "cannot be changed: another number is another contact" }]);
  }
}
