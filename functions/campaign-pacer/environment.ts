import * as z from "zod";
import { campaignSendingEnvironment, tablesOfCampaignSending } from "../../domain/campaign/sending-environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfCampaignPacer = tablesOfCampaignSending;

export const CampaignPacerEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaignPacer),
  /** Where it queues its next look at a session. */
  PACER_QUEUE_URL: z.url(),
  ...campaignSendingEnvironment,
});
export type CampaignPacerEnvironment = z.input<typeof CampaignPacerEnvironment>;
