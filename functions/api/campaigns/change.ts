import { type Campaign, publicCampaign, type StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { type CampaignChange, changeCampaign } from "../../../domain/campaign/change-status.ts";
import { contentOf } from "../../../domain/campaign/store.ts";
import { accepted } from "../answer.ts";
import type { Call } from "../call.ts";
import type { CampaignsContext } from "./context.ts";
import { ringAtPacer, ringQueue } from "./ring.ts";

/** What names a request in every run of it under its Idempotency-Key. */
const requestOf = (call: Pick<Call<unknown, unknown, unknown>, "newId">): string => call.newId("cmp", "change");

/**
 * Does to a campaign what is asked, tells of it and rings for what goes on from here. Where that is done already, the
 * campaign is answered as it is.
 */
export async function changeAndRing(
  context: CampaignsContext,
  call: Pick<Call<unknown, unknown, unknown>, "newId">,
  before: StoredCampaign,
  change: CampaignChange,
): Promise<{ status: 202; body: Campaign }> {
  const { db, events } = context;
  // An earlier run of this very request did it, and ended unanswered.
  if (before.changedFor.includes(requestOf(call))) return accepted(publicCampaign(before, await contentOf(db, before)));
  const { campaign, content, event } = await changeCampaign(db, before, { ...change, request: requestOf(call) });
  if (campaign.status === "running") {
    await (campaign.materialised ? ringAtPacer(context, campaign) : ringQueue(context, campaign));
  }
  if (event !== undefined) await events.tell([event]);
  return accepted(publicCampaign(campaign, content));
}
