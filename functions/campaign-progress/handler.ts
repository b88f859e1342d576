import type { SQSHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { sqsDoorbell } from "../../domain/command/doorbell.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { PublishedEvent } from "../../domain/event/event.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { announcer } from "../api/announcer.ts";
import { eventTeller } from "../event-teller.ts";
import { eachMessage } from "../sqs-batch.ts";
import { CampaignProgressEnvironment, tablesOfCampaignProgress } from "./environment.ts";
import { follow } from "./follow.ts";

const environment = parseEnvironment(CampaignProgressEnvironment, process.env);
const log = openLog({ name: "campaign-progress" });
const db = openDb(tableNames(tablesOfCampaignProgress, environment));
const telling = { db, topic: snsTopic(environment.EVENT_TOPIC_ARN), now: systemNow, log };
const following = {
  db,
  announcer: announcer({ ...telling, doorbell: sqsDoorbell(environment.COMMAND_QUEUE_URL) }),
  events: eventTeller(telling),
  now: systemNow,
  log,
};

/** Takes the events that campaigns follow from their queue (raw delivery: the body is what was published). */
export const handler: SQSHandler = event =>
  eachMessage(event, PublishedEvent, log, async published => {
    // A replay is for one endpoint: it tells nobody anything new.
    if (published.onlyWebhookId === undefined) await follow(following, published.event);
  });
