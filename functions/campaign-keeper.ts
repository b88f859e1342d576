import type { CampaignRef, PausedReason } from "../domain/campaign/campaign.ts";
import { changeCampaign, isFinished } from "../domain/campaign/change-status.ts";
import { findCampaign } from "../domain/campaign/store.ts";
import { InvalidTransition } from "../domain/campaign/transition.ts";
import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { NotFound } from "../domain/error.ts";
import type { EventTeller } from "./event-teller.ts";

export interface CampaignKeeper {
  readonly db: Db<"campaigns" | "paces" | "sessions" | "events">;
  readonly events: EventTeller;
  readonly now: Now;
}

/** Pauses a campaign and tells of it, for a person to look at; one that does not run is left alone. */
export async function pauseCampaign(keeper: CampaignKeeper, ref: CampaignRef, reason: PausedReason): Promise<boolean> {
  return changed(keeper, () => changeCampaign(keeper.db, ref, { action: "pause", reason, nowMs: keeper.now() }));
}

/** Ends a campaign that has nothing left to send, and nothing under way, and tells of it. */
export async function completeCampaign(keeper: CampaignKeeper, ref: CampaignRef): Promise<boolean> {
  const campaign = await findCampaign(keeper.db, ref);
  if (campaign === undefined || !isFinished(campaign)) return false;
  if (campaign.status !== "running" && campaign.status !== "paused") return false;
  return changed(keeper, () => changeCampaign(keeper.db, ref, { action: "complete", nowMs: keeper.now() }));
}

/** False where somebody else has changed the campaign first, so that what was to be done makes no sense any more. */
async function changed({ events }: CampaignKeeper, change: () => ReturnType<typeof changeCampaign>): Promise<boolean> {
  try {
    const { event } = await change();
    if (event !== undefined) await events.tell([event]);
    return true;
  } catch (error) {
    if (error instanceof InvalidTransition || error instanceof NotFound) return false;
    throw error;
  }
}
