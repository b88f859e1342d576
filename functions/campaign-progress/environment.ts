import * as z from "zod";
import { commandQueueEnvironment, eventTopicEnvironment } from "../../domain/environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfCampaignProgress = [
  "accounts",
  "paces",
  "campaigns",
  "campaign_recipients",
  "sessions",
  "messages",
  "chats",
  "contacts",
  "outbox",
  "events",
] as const;

export const CampaignProgressEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaignProgress),
  ...commandQueueEnvironment,
  ...eventTopicEnvironment,
});
export type CampaignProgressEnvironment = z.input<typeof CampaignProgressEnvironment>;
