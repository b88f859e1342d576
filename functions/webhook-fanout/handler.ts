import type { SQSHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { PublishedEvent } from "../../domain/event/event.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { sqsDeliveryQueue } from "../../domain/webhook/delivery-command.ts";
import { eachMessage } from "../sqs-batch.ts";
import { tablesOfWebhookFanout, WebhookFanoutEnvironment } from "./environment.ts";
import { fanOut } from "./fan-out.ts";

const environment = parseEnvironment(WebhookFanoutEnvironment, process.env);
const log = openLog({ name: "webhook-fanout" });
const deps = {
  db: openDb(tableNames(tablesOfWebhookFanout, environment)),
  queue: sqsDeliveryQueue(environment.DELIVERY_QUEUE_URL),
  now: systemNow,
};

/** Takes events from the topic's queue (raw delivery: the body is what was published) and fans them out. */
export const handler: SQSHandler = event =>
  eachMessage(event, PublishedEvent, log, async published => {
    const endpoints = await fanOut(deps, published);
    const { id: eventId, type: eventType, tenantId } = published.event;
    log.debug("event fanned out", { eventId, eventType, tenantId, endpoints });
  });
