import type { CampaignCommand } from "../../domain/campaign/campaign-queue.ts";
import { findCampaignRow } from "../../domain/campaign/store.ts";
import { stage } from "../stage.ts";
import { eraseCampaign } from "./erase.ts";
import { makeAudience } from "./make-audience.ts";
import type { Materialising } from "./materialising.ts";

/**
 * Carries a campaign on for as long as there is time, and queues what is left of it. All it knows stands in the row of
 * the campaign: killed at any point, it goes on from its last step.
 *
 *     running ──▶ making recipients ──end of the audience──▶ sent by the pacer
 *                      └── no such audience, too many ──▶ paused, with nothing sent
 *     deleted ──▶ erasing ──▶ gone
 */
export async function carryOn(deps: Materialising, { tenantId, campaignId }: CampaignCommand): Promise<void> {
  const ref = { tenantId, id: campaignId };
  const held = await stage("prepare", () => findCampaignRow(deps.db, ref));
  if (held === undefined) return;
  const isErased = held.deletedAt !== null;
  if (!isErased && (held.status !== "running" || held.materialised)) return;
  const isPaused = await stage("attempt", () => (isErased ? eraseCampaign(deps, held) : makeAudience(deps, held)));
  if (isPaused) await stage("record", () => deps.queue.send(ref));
}
