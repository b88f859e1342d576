import * as z from "zod";
import { campaignSendingEnvironment, tablesOfCampaignSending } from "../../domain/campaign/sending-environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

/** The accounts say who is suspended. */
export const tablesOfCampaignPacer = ["accounts", ...tablesOfCampaignSending] as const;

export const CampaignPacerEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaignPacer),
  /** Where it queues its next look at a session. */
  PACER_QUEUE_URL: z.url(),
  ...campaignSendingEnvironment,
});
export type CampaignPacerEnvironment = z.input<typeof CampaignPacerEnvironment>;
