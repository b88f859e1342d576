import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { ringPacer } from "../../../domain/campaign/pacer-queue.ts";
import type { CampaignsContext } from "./context.ts";

type Ringing = Pick<CampaignsContext, "queue" | "pacer" | "log">;

/** Has a campaign's recipients made, or its rows erased. Never fails: what is lost is made up for within minutes. */
export function ringQueue({ queue, log }: Ringing, campaign: StoredCampaign): Promise<void> {
  return never(log, campaign, () => queue.send(campaign));
}

/** Has the pacer look at a campaign's session. Never fails: what is lost is made up for within minutes. */
export function ringAtPacer({ pacer, log }: Ringing, campaign: StoredCampaign): Promise<void> {
  return never(log, campaign, () => ringPacer(pacer, campaign));
}

async function never(log: Ringing["log"], { tenantId, id }: StoredCampaign, ring: () => Promise<void>): Promise<void> {
  const [rung] = await Promise.allSettled([ring()]);
  if (rung.status === "rejected") log.warn("campaign not rung for", { error: rung.reason, tenantId, campaignId: id });
}
