import type { ScheduledHandler } from "aws-lambda";
import { sqsCampaignQueue } from "../../domain/campaign/campaign-queue.ts";
import { sqsPacerQueue } from "../../domain/campaign/pacer-queue.ts";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { eventTeller } from "../event-teller.ts";
import { CampaignSweeperEnvironment, tablesOfCampaignSweeper } from "./environment.ts";
import { sweep } from "./sweep.ts";

const environment = parseEnvironment(CampaignSweeperEnvironment, process.env);
const log = openLog({ name: "campaign-sweeper" });
const db = openDb(tableNames(tablesOfCampaignSweeper, environment));
const deps = {
  db,
  queue: sqsCampaignQueue(environment.CAMPAIGN_QUEUE_URL),
  pacer: sqsPacerQueue(environment.PACER_QUEUE_URL),
  events: eventTeller({ db, topic: snsTopic(environment.EVENT_TOPIC_ARN), now: systemNow, log }),
  now: systemNow,
  log,
};
const reserveMs = 5_000;

/** Every minute: begins what is scheduled, and rings for what stands still. */
export const handler: ScheduledHandler = async (_event, context) => {
  const swept = await sweep({ ...deps, mayGoOn: () => context.getRemainingTimeInMillis() > reserveMs });
  if (swept.campaigns + swept.sessions > 0) log.info("due campaigns swept", swept);
};
