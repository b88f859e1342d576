import { lookup } from "node:dns";
import type { SQSHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { openLog } from "../../domain/log.ts";
import { countingLog } from "../../domain/metrics/counted-lines.ts";
import { EmfMetrics } from "../../domain/metrics/emf.ts";
import { kmsDataKeys, secretBox } from "../../domain/secret/envelope.ts";
import { tableNames } from "../../domain/tables.ts";
import { version } from "../../domain/version.ts";
import { DeliveryCommand, sqsDeliveryQueue } from "../../domain/webhook/delivery-command.ts";
import { eachMessage } from "../sqs-batch.ts";
import { deliver } from "./deliver.ts";
import type { Delivering } from "./delivering.ts";
import { tablesOfWebhookDelivery, WebhookDeliveryEnvironment } from "./environment.ts";
import { look } from "./look.ts";
import { replay } from "./replay.ts";

const environment = parseEnvironment(WebhookDeliveryEnvironment, process.env);
const plainLog = openLog({ name: "webhook-delivery" });
const metrics = new EmfMetrics({ log: plainLog, now: systemNow, namespace: environment.METRICS_NAMESPACE });
const log = countingLog(plainLog, metrics.measure);
const deps: Delivering = {
  db: openDb(tableNames(tablesOfWebhookDelivery, environment)),
  queue: sqsDeliveryQueue(environment.DELIVERY_QUEUE_URL),
  topic: snsTopic(environment.EVENT_TOPIC_ARN),
  box: secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN)),
  rules: { allowLoopback: environment.ALLOW_LOOPBACK_WEBHOOKS },
  network: { lookup, deadlineMs: 15_000, now: systemNow },
  slotsMax: environment.ENDPOINT_SLOTS_MAX,
  userAgent: `WASaaS/${version}`,
  now: systemNow,
  random: Math.random,
  log,
};

export const handler: SQSHandler = async event => {
  const failures = await eachMessage(event, DeliveryCommand, log, run);
  metrics.flush();
  return failures;
};

async function run(command: DeliveryCommand): Promise<void> {
  switch (command.type) {
    case "webhook.deliver":
      return deliver(deps, command);
    case "webhook.look":
      return look(deps, command);
    case "webhook.replay":
      return replay(deps, command);
    default:
      return command satisfies never;
  }
}
