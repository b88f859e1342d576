import { systemNow } from "../../../domain/clock.ts";
import { findContact } from "../../../domain/contact/store.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { idOf } from "../../../domain/id.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { tableNames } from "../../../domain/tables.ts";
import { eventTeller } from "../../event-teller.ts";
import { serve } from "../endpoint.ts";
import { finder } from "../finder.ts";
import type { ContactsContext } from "./context.ts";
import { deleteContact } from "./delete.ts";
import { ContactsEnvironment, tablesOfContacts } from "./environment.ts";
import { getContact } from "./get.ts";
import { listContacts } from "./list.ts";
import { replaceContact } from "./replace.ts";
import { contactRoutes } from "./routes.ts";
import { saveContacts } from "./save.ts";
import { updateContact } from "./update.ts";

const environment = parseEnvironment(ContactsEnvironment, process.env);
const log = openLog({ name: "api/contacts" });
const db = openDb(tableNames(tablesOfContacts, environment));
const TenantId = idOf("ten");
const ContactId = idOf("con");

const contacts = finder(async (tenantId, [contactId]) => {
  const id = ContactId.safeParse(contactId);
  return id.success ? findContact(db, { tenantId: TenantId.parse(tenantId), id: id.data }) : undefined;
});

const context: ContactsContext = {
  db,
  contacts,
  events: eventTeller({ db, topic: snsTopic(environment.EVENT_TOPIC_ARN), now: systemNow, log }),
  now: systemNow,
};

export const handler = serve({
  routes: contactRoutes,
  endpoints: {
    listContacts: listContacts(context),
    saveContacts: saveContacts(context),
    getContact: getContact(context),
    updateContact: updateContact(context),
    replaceContact: replaceContact(context),
    deleteContact: deleteContact(context),
  },
  finders: { contact: contacts },
  now: systemNow,
  log,
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN))),
});
