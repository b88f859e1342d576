import type { CampaignRef, PausedReason } from "../../domain/campaign/campaign.ts";
import { findPace, type PacedSession } from "../../domain/campaign/pace-row.ts";
import { findCampaign } from "../../domain/campaign/store.ts";
import { pauseCampaign } from "../campaign-keeper.ts";
import type { Following } from "./following.ts";

/** So many messages that fail one after the other are no accident of one recipient's. */
const failuresInRowMax = 5;

/** Pauses what a session's campaigns are sending, for what happened at `sinceIso`. */
export async function pauseSession(
  following: Following,
  session: PacedSession,
  reason: PausedReason,
  sinceIso: string,
): Promise<void> {
  const row = await findPace(following.db, session);
  for (const id of row?.campaigns ?? []) {
    await pauseUnlessResumed(following, { tenantId: session.tenantId, id }, reason, sinceIso);
  }
}

/** Pauses a campaign whose messages fail one after the other, the last of them at `sinceIso`. */
export async function pauseAfterFailures(following: Following, ref: CampaignRef, sinceIso: string): Promise<void> {
  const campaign = await findCampaign(following.db, ref);
  if (campaign === undefined || campaign.failuresInRow < failuresInRowMax) return;
  await pauseUnlessResumed(following, ref, "repeated_failures", sinceIso);
}

/**
 * An event that comes again, or late, must not pause what somebody has resumed since: a campaign's `updatedAt` is when it
 * was last changed from outside.
 */
async function pauseUnlessResumed(
  following: Following,
  ref: CampaignRef,
  reason: PausedReason,
  sinceIso: string,
): Promise<void> {
  const campaign = await findCampaign(following.db, ref);
  if (campaign?.status !== "running" || campaign.updatedAt > sinceIso) return;
  const isPaused = await pauseCampaign(following, ref, reason);
  if (isPaused) following.log.warn("campaign paused", { tenantId: ref.tenantId, campaignId: ref.id, reason });
}
