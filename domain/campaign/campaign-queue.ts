import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { idOf } from "../id.ts";
import type { CampaignRef } from "./campaign.ts";

/**
 * Go on making a campaign's recipients, or erasing the rows of one that was deleted: the campaign's row says which and
 * how far that has come, so that a repeated command does no harm.
 */
export const CampaignCommand = z.strictObject({
  type: z.literal("campaign.carry_on"),
  tenantId: idOf("ten"),
  campaignId: idOf("cmp"),
});
export type CampaignCommand = z.infer<typeof CampaignCommand>;

export interface CampaignQueue {
  send(campaign: CampaignRef): Promise<void>;
}

/** The message group makes the queue fair between tenants: one with many campaigns does not hold up the others. */
export function sqsCampaignQueue(QueueUrl: string): CampaignQueue {
  const sqs = new SQSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async send({ tenantId, id: campaignId }) {
      const command: CampaignCommand = { type: "campaign.carry_on", tenantId, campaignId };
      const MessageBody = JSON.stringify(command);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: tenantId }));
    },
  };
}
