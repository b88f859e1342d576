import * as z from "zod";
import { encryptionEnvironment, mediaBucketEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfMedia = ["rate_windows", "idempotency", "media"] as const;

export const MediaEnvironment = z.object({
  ...tableEnvironment(tablesOfMedia),
  ...encryptionEnvironment,
  ...mediaBucketEnvironment,
  /** How long the bucket keeps a file. */
  MEDIA_DAYS: z.coerce.number().int().min(1),
});
export type MediaEnvironment = z.input<typeof MediaEnvironment>;
