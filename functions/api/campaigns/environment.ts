import * as z from "zod";
import { encryptionEnvironment, eventTopicEnvironment, mediaBucketEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfCampaigns = [
  "rate_windows",
  "idempotency",
  "campaigns",
  "campaign_recipients",
  "paces",
  "sessions",
  "contacts",
  "chats",
  "templates",
  "media",
  "events",
] as const;

export const CampaignsEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaigns),
  /** Recipients are made, and deleted campaigns erased, behind it. */
  CAMPAIGN_QUEUE_URL: z.url(),
  /** Where it rings for a campaign that goes on. */
  PACER_QUEUE_URL: z.url(),
  ...eventTopicEnvironment,
  ...encryptionEnvironment,
  ...mediaBucketEnvironment,
  /** Set by the local runner alone: files on this machine may be sent. */
  ALLOW_LOOPBACK_MEDIA: z.stringbool().default(false),
});
export type CampaignsEnvironment = z.input<typeof CampaignsEnvironment>;
