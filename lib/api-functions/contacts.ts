import type { Construct } from "constructs";
import { tables as shapes } from "../../domain/tables.ts";
import { ContactsEnvironment, tablesOfContacts } from "../../functions/api/contacts/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { grantMedia } from "../media-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting, keepingAnswers, writingEvents } from "./backing.ts";

/** /api/contacts. */
export function contactsFunction(scope: Construct, backing: Backing) {
  const { tables, encryptionKey, media } = backing.data;
  const contacts = new NodeFunction(scope, "Contacts", {
    folder: "api/contacts",
    schema: ContactsEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfContacts),
      IMPORT_QUEUE_URL: backing.imports.queue.queueUrl,
      MEDIA_BUCKET: media.bucketName,
      EVENT_TOPIC_ARN: backing.topic.topicArn,
      ENCRYPTION_KEY_ARN: encryptionKey.keyArn,
    },
    timeoutSeconds: apiTimeoutSeconds,
    // 5,000 contacts in one answer are the work of a whole processor.
    memoryMb: 1_792,
    errorImpact: "customers cannot see or change their contacts",
  });
  grantTables(contacts, tables, tablesOfContacts, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    contacts: {
      items: ["GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem"],
      indexes: Object.keys(shapes.contacts.indexes),
    },
    imports: { items: ["GetItem", "PutItem"] },
    media: { items: ["GetItem"] },
    events: writingEvents,
  });
  backing.imports.grantSend(contacts);
  // It asks whether an upload is there; an address it signed works as long as it may read the file itself.
  grantMedia(contacts, media, { uploads: ["GetObject"], imports: ["GetObject"] });
  backing.topic.grantPublish(contacts);
  grantSealing(contacts, encryptionKey, [sealing.keptAnswers]);
  return contacts;
}
