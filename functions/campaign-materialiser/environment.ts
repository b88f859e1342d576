import * as z from "zod";
import { eventTopicEnvironment, mediaBucketEnvironment } from "../../domain/environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfCampaignMaterialiser = [
  "campaigns",
  "campaign_recipients",
  "paces",
  "contacts",
  "chats",
  "sessions",
  "events",
] as const;

/** After so many failed receives the queue gives a message up; a sweep rings for its campaign again. */
export const receivesMax = 10;

export const CampaignMaterialiserEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaignMaterialiser),
  /** Where it queues the rest of a campaign. */
  CAMPAIGN_QUEUE_URL: z.url(),
  /** Where it rings for a campaign that can be sent. */
  PACER_QUEUE_URL: z.url(),
  ...eventTopicEnvironment,
  ...mediaBucketEnvironment,
});
export type CampaignMaterialiserEnvironment = z.input<typeof CampaignMaterialiserEnvironment>;
