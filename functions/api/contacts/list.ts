import { publicContact } from "../../../domain/contact/contact.ts";
import { listContacts as list } from "../../../domain/contact/listing.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";

export const listContacts = ({ db }: ContactsContext) =>
  endpoint(contactRoutes.listContacts, async ({ caller, query, cursors }) => {
    const { data, nextCursor } = await list(db, caller.tenantId, { ...query, cursors });
    return ok({ data: data.map(publicContact), nextCursor });
  });
