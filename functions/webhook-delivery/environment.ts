import * as z from "zod";
import { encryptionEnvironment, eventTopicEnvironment } from "../../domain/environment.ts";
import { metricsEnvironment } from "../../domain/metrics/metric.ts";
import { tableEnvironment } from "../../domain/tables.ts";
import { slotsLimit } from "../../domain/webhook/gate.ts";

export const tablesOfWebhookDelivery = ["webhooks", "deliveries", "events", "usage"] as const;

export const WebhookDeliveryEnvironment = z.object({
  ...tableEnvironment(tablesOfWebhookDelivery),
  DELIVERY_QUEUE_URL: z.url(),
  ...encryptionEnvironment,
  ...eventTopicEnvironment,
  ...metricsEnvironment,
  /** Tries that one endpoint may have under way at once: a small part of how many this function runs at once. */
  ENDPOINT_SLOTS_MAX: z.coerce.number().int().min(1).max(slotsLimit),
  /** Set by the local runner alone: a laptop has no https endpoint to give. */
  ALLOW_LOOPBACK_WEBHOOKS: z.stringbool().default(false),
});
export type WebhookDeliveryEnvironment = z.input<typeof WebhookDeliveryEnvironment>;
