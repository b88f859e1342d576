import { type Campaign, publicCampaign, type StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { type CampaignChange, changeCampaign } from "../../../domain/campaign/change-status.ts";
import { contentOf } from "../../../domain/campaign/store.ts";
import { accepted } from "../answer.ts";
import type { CampaignsContext } from "./context.ts";
import { ringAtPacer, ringQueue } from "./ring.ts";

/**
 * Does to a campaign what is asked, tells of it and rings for what goes on from here. Where an earlier run of this very
 * request did it and ended unanswered, the campaign is answered as it is.
 */
export async function changeAndRing(
  context: CampaignsContext,
  before: StoredCampaign,
  change: CampaignChange,
  isDone: boolean,
): Promise<{ status: 202; body: Campaign }> {
  const { db, events } = context;
  if (isDone) return accepted(publicCampaign(before, await contentOf(db, before)));
  const { campaign, content, event } = await changeCampaign(db, before, change);
  if (campaign.status === "running") {
    await (campaign.materialised ? ringAtPacer(context, campaign) : ringQueue(context, campaign));
  }
  if (event !== undefined) await events.tell([event]);
  return accepted(publicCampaign(campaign, content));
}
