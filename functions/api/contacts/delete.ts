import { deleteContact as remove } from "../../../domain/contact/store.ts";
import { NotFound } from "../../../domain/error.ts";
import { noContent } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";

export const deleteContact = ({ db, contacts, events }: ContactsContext) =>
  endpoint(contactRoutes.deleteContact, async call => {
    const change = { cause: call.newId("evt"), nowMs: call.nowMs };
    const event = await remove(db, contacts.of(call), change);
    if (event === undefined) throw new NotFound();
    await events.tell([event]);
    return noContent();
  });
