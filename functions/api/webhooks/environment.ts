import * as z from "zod";
import { encryptionEnvironment, eventTopicEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfWebhooks = [
  "rate_windows",
  "idempotency",
  "sessions",
  "webhooks",
  "deliveries",
  "events",
] as const;

export const WebhooksEnvironment = z.object({
  ...tableEnvironment(tablesOfWebhooks),
  /** Redelivering and replaying ring here, as the fan-out does. */
  DELIVERY_QUEUE_URL: z.url(),
  ...eventTopicEnvironment,
  ...encryptionEnvironment,
  /** Set by the local runner alone: a laptop has no https endpoint to give. */
  ALLOW_LOOPBACK_WEBHOOKS: z.stringbool().default(false),
});
export type WebhooksEnvironment = z.input<typeof WebhooksEnvironment>;
