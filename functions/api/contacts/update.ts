import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { changedContact } from "./changed-contact.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";

export const updateContact = (context: ContactsContext) =>
  endpoint(contactRoutes.updateContact, async call => {
    const { phoneNumber, ...patch } = call.body;
    const change = { cause: call.newId("evt"), nowMs: call.nowMs, phoneNumber };
    return ok(await changedContact(context, context.contacts.of(call), change, () => patch));
  });
