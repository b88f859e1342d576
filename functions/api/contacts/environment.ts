import * as z from "zod";
import { encryptionEnvironment, eventTopicEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfContacts = ["rate_windows", "idempotency", "contacts", "events"] as const;

export const ContactsEnvironment = z.object({
  ...tableEnvironment(tablesOfContacts),
  ...eventTopicEnvironment,
  ...encryptionEnvironment,
});
export type ContactsEnvironment = z.input<typeof ContactsEnvironment>;
