import * as z from "zod";
import {
  commandQueueEnvironment,
  encryptionEnvironment,
  eventTopicEnvironment,
  mediaBucketEnvironment,
} from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfMessages = [
  "rate_windows",
  "idempotency",
  "sessions",
  "messages",
  "chats",
  "contacts",
  "templates",
  "outbox",
  "events",
  "media",
] as const;

export const MessagesEnvironment = z.object({
  ...tableEnvironment(tablesOfMessages),
  ...commandQueueEnvironment,
  ...eventTopicEnvironment,
  ...encryptionEnvironment,
  ...mediaBucketEnvironment,
  /** Set by the local runner alone: files on this machine may be sent. */
  ALLOW_LOOPBACK_MEDIA: z.stringbool().default(false),
});
export type MessagesEnvironment = z.input<typeof MessagesEnvironment>;
