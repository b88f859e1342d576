import { systemNow } from "../../../domain/clock.ts";
import { findContact } from "../../../domain/contact/store.ts";
import { sqsImportQueue } from "../../../domain/contact-import/import-queue.ts";
import { findImport } from "../../../domain/contact-import/store.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { idOf } from "../../../domain/id.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { openMediaBucket } from "../../../domain/media/bucket.ts";
import { findUpload } from "../../../domain/media/store.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { tableNames } from "../../../domain/tables.ts";
import { eventTeller } from "../../event-teller.ts";
import { serve } from "../endpoint.ts";
import { finder } from "../finder.ts";
import { signedMedia } from "../signed-media.ts";
import type { ContactsContext } from "./context.ts";
import { deleteContact } from "./delete.ts";
import { ContactsEnvironment, tablesOfContacts } from "./environment.ts";
import { getContact } from "./get.ts";
import { getImport } from "./get-import.ts";
import { listContacts } from "./list.ts";
import { replaceContact } from "./replace.ts";
import { contactRoutes } from "./routes.ts";
import { saveContacts } from "./save.ts";
import { startImport } from "./start-import.ts";
import { updateContact } from "./update.ts";

const environment = parseEnvironment(ContactsEnvironment, process.env);
const log = openLog({ name: "api/contacts" });
const db = openDb(tableNames(tablesOfContacts, environment));
const TenantId = idOf("ten");
const ContactId = idOf("con");
const ImportId = idOf("imp");
const MediaId = idOf("med");
const bucket = openMediaBucket(environment.MEDIA_BUCKET);

const contacts = finder(async (tenantId, [contactId]) => {
  const id = ContactId.safeParse(contactId);
  return id.success ? findContact(db, { tenantId: TenantId.parse(tenantId), id: id.data }) : undefined;
});

const imports = finder(async (tenantId, [importId]) => {
  const id = ImportId.safeParse(importId);
  return id.success ? findImport(db, { tenantId: TenantId.parse(tenantId), id: id.data }) : undefined;
});

const uploads = finder(async (tenantId, [mediaId]) => {
  const id = MediaId.safeParse(mediaId);
  return id.success ? findUpload(db, tenantId, id.data) : undefined;
});

const context: ContactsContext = {
  db,
  contacts,
  imports,
  uploads,
  bucket,
  links: signedMedia(bucket.client, bucket.name),
  queue: sqsImportQueue(environment.IMPORT_QUEUE_URL),
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
    startContactImport: startImport(context),
    getContactImport: getImport(context),
  },
  finders: { contact: contacts, import: imports, media: uploads },
  now: systemNow,
  log,
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN))),
});
