import * as z from "zod";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfWebhookFanout = ["webhooks", "deliveries"] as const;

export const WebhookFanoutEnvironment = z.object({
  ...tableEnvironment(tablesOfWebhookFanout),
  DELIVERY_QUEUE_URL: z.url(),
});
export type WebhookFanoutEnvironment = z.input<typeof WebhookFanoutEnvironment>;
