import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { openMediaBucket } from "../../../domain/media/bucket.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { tableNames } from "../../../domain/tables.ts";
import { serve } from "../endpoint.ts";
import { signedMedia } from "../signed-media.ts";
import { createUpload } from "./create-upload.ts";
import { MediaEnvironment, tablesOfMedia } from "./environment.ts";
import { mediaRoutes } from "./routes.ts";

const environment = parseEnvironment(MediaEnvironment, process.env);
const db = openDb(tableNames(tablesOfMedia, environment));
const bucket = openMediaBucket(environment.MEDIA_BUCKET);
const links = signedMedia(bucket.client, bucket.name);

export const handler = serve({
  routes: mediaRoutes,
  endpoints: { createUpload: createUpload(db, links, environment.MEDIA_DAYS) },
  finders: {},
  now: systemNow,
  log: openLog({ name: "api/media" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN))),
});
