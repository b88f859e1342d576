import type { SQSHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { ImportCommand, sqsImportQueue } from "../../domain/contact-import/import-queue.ts";
import { findImport } from "../../domain/contact-import/store.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { DomainError } from "../../domain/error.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { openLog } from "../../domain/log.ts";
import { openMediaBucket } from "../../domain/media/bucket.ts";
import { tableNames } from "../../domain/tables.ts";
import { eventTeller } from "../event-teller.ts";
import { eachMessage } from "../sqs-batch.ts";
import { carryOn } from "./carry-on.ts";
import { ContactImporterEnvironment, receivesMax, tablesOfContactImporter } from "./environment.ts";
import { giveUp } from "./finish.ts";

const environment = parseEnvironment(ContactImporterEnvironment, process.env);
const log = openLog({ name: "contact-importer" });
const db = openDb(tableNames(tablesOfContactImporter, environment));
const deps = {
  db,
  bucket: openMediaBucket(environment.MEDIA_BUCKET),
  queue: sqsImportQueue(environment.IMPORT_QUEUE_URL),
  events: eventTeller({ db, topic: snsTopic(environment.EVENT_TOPIC_ARN), now: systemNow, log }),
  now: systemNow,
};
/** Kept back from the time of an invocation, to save the rows at hand or to write the file of those that failed. */
const reservedMs = 15_000;

/** Carries imports on, one message at a time. */
export const handler: SQSHandler = (event, context) =>
  eachMessage(event, ImportCommand, log, async command => {
    try {
      await carryOn({ ...deps, mayGoOn: () => context.getRemainingTimeInMillis() > reservedMs }, command);
    } catch (error) {
      const receives = Math.max(...event.Records.map(({ attributes }) => Number(attributes.ApproximateReceiveCount)));
      // The queue gives the message up now: whoever waits for the import must be told, not only the operator.
      if (receives >= receivesMax) await abandon(command);
      throw error;
    }
  });

async function abandon({ tenantId, importId }: ImportCommand): Promise<void> {
  const held = await findImport(db, { tenantId, id: importId });
  if (held?.status !== "running") return;
  await giveUp(deps, held, new DomainError("internal_error", "The import could not be carried on."));
}
