import * as z from "zod";
import { eventTopicEnvironment } from "../../domain/environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfEventRepublisher = ["events"] as const;

export const EventRepublisherEnvironment = z.object({
  ...tableEnvironment(tablesOfEventRepublisher),
  ...eventTopicEnvironment,
});
export type EventRepublisherEnvironment = z.input<typeof EventRepublisherEnvironment>;
