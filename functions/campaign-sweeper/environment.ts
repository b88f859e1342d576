import * as z from "zod";
import { eventTopicEnvironment } from "../../domain/environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfCampaignSweeper = ["campaigns", "paces", "templates", "media", "sessions", "events"] as const;

export const CampaignSweeperEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaignSweeper),
  CAMPAIGN_QUEUE_URL: z.url(),
  PACER_QUEUE_URL: z.url(),
  ...eventTopicEnvironment,
});
export type CampaignSweeperEnvironment = z.input<typeof CampaignSweeperEnvironment>;
