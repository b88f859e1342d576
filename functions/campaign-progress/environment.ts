import * as z from "zod";
import { campaignSendingEnvironment, tablesOfCampaignSending } from "../../domain/campaign/sending-environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

/** The accounts say which words opt out. */
export const tablesOfCampaignProgress = ["accounts", ...tablesOfCampaignSending] as const;

export const CampaignProgressEnvironment = z.object({
  ...tableEnvironment(tablesOfCampaignProgress),
  ...campaignSendingEnvironment,
});
export type CampaignProgressEnvironment = z.input<typeof CampaignProgressEnvironment>;
