import type { SQSHandler } from "aws-lambda";
import { sqsDeletionQueue, TenantDeletion } from "../../domain/account/tenant-deletion.ts";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { openLog } from "../../domain/log.ts";
import { openMediaBucket } from "../../domain/media/bucket.ts";
import { tableNames } from "../../domain/tables.ts";
import { removeGatewayKey } from "../admin/gateway-keys.ts";
import { eachMessage } from "../sqs-batch.ts";
import { carryOn } from "./carry-on.ts";
import { TenantDeleterEnvironment, tablesOfTenantDeleter } from "./environment.ts";

const environment = parseEnvironment(TenantDeleterEnvironment, process.env);
const log = openLog({ name: "tenant-deleter" });
const deps = {
  db: openDb(tableNames(tablesOfTenantDeleter, environment)),
  bucket: openMediaBucket(environment.MEDIA_BUCKET),
  queue: sqsDeletionQueue(environment.TENANT_DELETION_QUEUE_URL),
  removeGatewayKey,
  now: systemNow,
  log,
};
/** Kept back to delete the rows at hand and to queue the next step. */
const reservedMs = 30_000;

/** Carries deletions of tenants on, a step a message. */
export const handler: SQSHandler = (event, context) =>
  eachMessage(event, TenantDeletion, log, deletion =>
    carryOn({ ...deps, mayGoOn: () => context.getRemainingTimeInMillis() > reservedMs }, deletion),
  );
