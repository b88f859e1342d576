import type { ContactPatch, ContactSettings, CustomFields } from "../../../domain/contact/contact.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { changedContact } from "./changed-contact.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";

export const replaceContact = (context: ContactsContext) =>
  endpoint(contactRoutes.replaceContact, async call => {
    const { phoneNumber, ...settings } = call.body;
    const change = { cause: call.newId("evt"), nowMs: call.nowMs, phoneNumber };
    const contact = context.contacts.of(call);
    return ok(await changedContact(context, contact, change, before => patchTo(settings, before.customFields)));
  });

/** Fields that are not among the new ones are taken out. */
function patchTo(settings: ContactSettings, before: CustomFields): ContactPatch {
  const none = Object.fromEntries(Object.keys(before).map(name => [name, null]));
  return { ...settings, customFields: { ...none, ...settings.customFields } };
}
