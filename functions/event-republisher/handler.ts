import type { ScheduledHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { republish, snsTopic } from "../../domain/event/publisher.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { EventRepublisherEnvironment, tablesOfEventRepublisher } from "./environment.ts";

const environment = parseEnvironment(EventRepublisherEnvironment, process.env);
const log = openLog({ name: "event-republisher" });
const db = openDb(tableNames(tablesOfEventRepublisher, environment));
const topic = snsTopic(environment.EVENT_TOPIC_ARN);

/** Every minute: publishes events that a crash or a failing topic left unpublished for half a minute. */
export const handler: ScheduledHandler = async () => {
  const published = await republish(topic, db, { olderThanMs: 30_000, limit: 100, now: systemNow });
  if (published > 0) log.warn("events were published late", { published });
};
