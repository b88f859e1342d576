import * as z from "zod";
import { commandQueueEnvironment, eventTopicEnvironment } from "../../domain/environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfCampaignPacer = [
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

export const CampaignPacerEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaignPacer),
  /** Where it queues its next look at a session. */
  PACER_QUEUE_URL: z.url(),
  ...commandQueueEnvironment,
  ...eventTopicEnvironment,
});
export type CampaignPacerEnvironment = z.input<typeof CampaignPacerEnvironment>;
