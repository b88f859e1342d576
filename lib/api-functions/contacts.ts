import type { Construct } from "constructs";
import { tables as shapes } from "../../domain/tables.ts";
import { ContactsEnvironment, tablesOfContacts } from "../../functions/api/contacts/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting, keepingAnswers, writingEvents } from "./backing.ts";

/** /api/contacts. */
export function contactsFunction(scope: Construct, backing: Backing) {
  const { tables, encryptionKey } = backing.data;
  const contacts = new NodeFunction(scope, "Contacts", {
    folder: "api/contacts",
    schema: ContactsEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfContacts),
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
    events: writingEvents,
  });
  backing.topic.grantPublish(contacts);
  grantSealing(contacts, encryptionKey, [sealing.keptAnswers]);
  return contacts;
}
