import * as z from "zod";
import { encryptionEnvironment, eventTopicEnvironment, mediaBucketEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfContacts = ["rate_windows", "idempotency", "contacts", "imports", "media", "events"] as const;

export const ContactsEnvironment = z.object({
  ...tableEnvironment(tablesOfContacts),
  /** Imports from uploaded files are carried out behind it. */
  IMPORT_QUEUE_URL: z.url(),
  ...eventTopicEnvironment,
  ...mediaBucketEnvironment,
  ...encryptionEnvironment,
});
export type ContactsEnvironment = z.input<typeof ContactsEnvironment>;
