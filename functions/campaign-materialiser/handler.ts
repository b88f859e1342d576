import type { SQSHandler } from "aws-lambda";
import { CampaignCommand, sqsCampaignQueue } from "../../domain/campaign/campaign-queue.ts";
import { sqsPacerQueue } from "../../domain/campaign/pacer-queue.ts";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { openLog } from "../../domain/log.ts";
import { openMediaBucket } from "../../domain/media/bucket.ts";
import { tableNames } from "../../domain/tables.ts";
import { eventTeller } from "../event-teller.ts";
import { eachMessage } from "../sqs-batch.ts";
import { carryOn } from "./carry-on.ts";
import { CampaignMaterialiserEnvironment, tablesOfCampaignMaterialiser } from "./environment.ts";

const environment = parseEnvironment(CampaignMaterialiserEnvironment, process.env);
const log = openLog({ name: "campaign-materialiser" });
const db = openDb(tableNames(tablesOfCampaignMaterialiser, environment));
const deps = {
  db,
  bucket: openMediaBucket(environment.MEDIA_BUCKET),
  queue: sqsCampaignQueue(environment.CAMPAIGN_QUEUE_URL),
  pacer: sqsPacerQueue(environment.PACER_QUEUE_URL),
  events: eventTeller({ db, topic: snsTopic(environment.EVENT_TOPIC_ARN), now: systemNow, log }),
  now: systemNow,
};
/** Kept back from the time of an invocation, for the recipients at hand. */
const reservedMs = 15_000;

/** Carries campaigns on, one message at a time. What the queue gives up, the sweep takes up again. */
export const handler: SQSHandler = (event, context) =>
  eachMessage(event, CampaignCommand, log, command =>
    carryOn({ ...deps, mayGoOn: () => context.getRemainingTimeInMillis() > reservedMs }, command),
  );
