import type { SQSHandler } from "aws-lambda";
import { PacerTick, sqsPacerQueue } from "../../domain/campaign/pacer-queue.ts";
import { systemNow } from "../../domain/clock.ts";
import { sqsDoorbell } from "../../domain/command/doorbell.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { announcer } from "../api/announcer.ts";
import { eventTeller } from "../event-teller.ts";
import { eachMessage } from "../sqs-batch.ts";
import { CampaignPacerEnvironment, tablesOfCampaignPacer } from "./environment.ts";
import { paceSession } from "./pace-session.ts";

const environment = parseEnvironment(CampaignPacerEnvironment, process.env);
const log = openLog({ name: "campaign-pacer" });
const db = openDb(tableNames(tablesOfCampaignPacer, environment));
const topic = snsTopic(environment.EVENT_TOPIC_ARN);
const doorbell = sqsDoorbell(environment.COMMAND_QUEUE_URL);
const telling = { db, topic, now: systemNow, log };
const context = {
  db,
  queue: sqsPacerQueue(environment.PACER_QUEUE_URL),
  announcer: announcer({ ...telling, doorbell }),
  events: eventTeller(telling),
  now: systemNow,
  random: Math.random,
};
/** Kept back from the time of an invocation, for the message at hand and what is told of it. */
const reservedMs = 6_000;

/** Looks at sessions whose campaigns may have something due. */
export const handler: SQSHandler = (event, lambda) =>
  eachMessage(event, PacerTick, log, async tick => {
    const mayGoOn = () => lambda.getRemainingTimeInMillis() > reservedMs;
    const accepted = await paceSession({ ...context, mayGoOn }, tick);
    if (accepted > 0) {
      log.info("campaign messages accepted", { tenantId: tick.tenantId, sessionId: tick.sessionId, accepted });
    }
  });
