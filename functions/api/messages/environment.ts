import * as z from "zod";
import { commandQueueEnvironment, encryptionEnvironment, eventTopicEnvironment } from "../../../domain/environment.ts";
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
] as const;

export const MessagesEnvironment = z.object({
  ...tableEnvironment(tablesOfMessages),
  ...commandQueueEnvironment,
  ...eventTopicEnvironment,
  ...encryptionEnvironment,
});
export type MessagesEnvironment = z.input<typeof MessagesEnvironment>;
