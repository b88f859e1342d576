import type { Construct } from "constructs";
import { MediaEnvironment, tablesOfMedia } from "../../functions/api/media/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { grantMedia } from "../media-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting, keepingAnswers } from "./backing.ts";

/** /api/media. */
export function mediaFunction(scope: Construct, { data: { tables, media: bucket, encryptionKey } }: Backing) {
  const media = new NodeFunction(scope, "Media", {
    folder: "api/media",
    schema: MediaEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfMedia),
      ENCRYPTION_KEY_ARN: encryptionKey.keyArn,
      MEDIA_BUCKET: bucket.bucketName,
      MEDIA_DAYS: String(bucket.expiresAfterDays),
    },
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot upload files to send",
  });
  grantTables(media, tables, tablesOfMedia, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    media: { items: ["PutItem"] },
  });
  grantSealing(media, encryptionKey, [sealing.keptAnswers]);
  // An address it signed works as long as it may do itself what the address is for.
  grantMedia(media, bucket, { uploads: ["PutObject"] });
  return media;
}
