import * as z from "zod";
import { eventTopicEnvironment, mediaBucketEnvironment } from "../../domain/environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfContactImporter = ["contacts", "imports", "events"] as const;

/** After so many failed receives the queue gives an import up. */
export const receivesMax = 10;

export const ContactImporterEnvironment = z.object({
  ...tableEnvironment(tablesOfContactImporter),
  /** Where it queues the rest of an import. */
  IMPORT_QUEUE_URL: z.url(),
  ...eventTopicEnvironment,
  ...mediaBucketEnvironment,
});
export type ContactImporterEnvironment = z.input<typeof ContactImporterEnvironment>;
