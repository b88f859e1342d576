import type { ScheduledHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { sqsDeliveryQueue } from "../../domain/webhook/delivery-command.ts";
import { DeliverySweeperEnvironment, tablesOfDeliverySweeper } from "./environment.ts";
import { sweep } from "./sweep.ts";

const environment = parseEnvironment(DeliverySweeperEnvironment, process.env);
const log = openLog({ name: "delivery-sweeper" });
const db = openDb(tableNames(tablesOfDeliverySweeper, environment));
const queue = sqsDeliveryQueue(environment.DELIVERY_QUEUE_URL);
const reserveMs = 5_000;

/** Every minute: starts the tries that no queued message starts. */
export const handler: ScheduledHandler = async (_event, context) => {
  const mayGoOn = () => context.getRemainingTimeInMillis() > reserveMs;
  const queued = await sweep({ db, queue, now: systemNow, mayGoOn });
  if (queued > 0) log.info("due deliveries queued", { queued });
};
