import { publicContact } from "../../../domain/contact/contact.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";

export const getContact = ({ contacts }: ContactsContext) =>
  endpoint(contactRoutes.getContact, async call => ok(publicContact(contacts.of(call))));
