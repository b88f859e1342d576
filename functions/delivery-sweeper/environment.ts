import * as z from "zod";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfDeliverySweeper = ["deliveries"] as const;

export const DeliverySweeperEnvironment = z.object({
  ...tableEnvironment(tablesOfDeliverySweeper),
  DELIVERY_QUEUE_URL: z.url(),
});
export type DeliverySweeperEnvironment = z.input<typeof DeliverySweeperEnvironment>;
