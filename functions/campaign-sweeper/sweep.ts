import type { StoredCampaign } from "../../domain/campaign/campaign.ts";
import type { CampaignQueue } from "../../domain/campaign/campaign-queue.ts";
import { changeCampaign } from "../../domain/campaign/change-status.ts";
import { dueCampaigns } from "../../domain/campaign/due.ts";
import { frozenContent } from "../../domain/campaign/freeze.ts";
import { dueSessions } from "../../domain/campaign/pace-row.ts";
import { type PacerQueue, ringPacer } from "../../domain/campaign/pacer-queue.ts";
import { InvalidTransition } from "../../domain/campaign/transition.ts";
import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { NotFound } from "../../domain/error.ts";
import type { Log } from "../../domain/log.ts";
import type { EventTeller } from "../event-teller.ts";
import type { tablesOfCampaignSweeper } from "./environment.ts";

export interface Sweeping {
  readonly db: Db<(typeof tablesOfCampaignSweeper)[number]>;
  readonly queue: CampaignQueue;
  readonly pacer: PacerQueue;
  readonly events: EventTeller;
  readonly now: Now;
  readonly log: Log;
  /** Whether there is time for another campaign or session; the rest is for the next minute. */
  readonly mayGoOn: () => boolean;
}

const pageSize = 250;

/**
 * Begins campaigns whose time has come, and rings for whatever stands still: a message or tick was lost, quiet hours are
 * over, a new day has room for first contacts. Two sweeps at once do no harm. One that fails does not hold up the others:
 * it is still due a minute later. Answers how many campaigns and sessions were due.
 */
export async function sweep(deps: Sweeping): Promise<{ campaigns: number; sessions: number; failed: number }> {
  const [campaigns, sessions] = await Promise.all([
    dueCampaigns(deps.db, deps.now(), pageSize),
    dueSessions(deps.db, deps.now(), pageSize),
  ]);
  const works = [
    ...campaigns.map(campaign => () => carryOn(deps, campaign)),
    ...sessions.map(session => () => ringPacer(deps.pacer, session)),
  ];
  let failed = 0;
  for (const work of works) {
    if (!deps.mayGoOn()) break;
    const [done] = await Promise.allSettled([work()]);
    if (done.status === "fulfilled") continue;
    failed++;
    deps.log.error("what was due of a campaign not done", { error: done.reason });
  }
  return { campaigns: campaigns.length, sessions: sessions.length, failed };
}

async function carryOn(deps: Sweeping, campaign: StoredCampaign): Promise<void> {
  if (campaign.status === "scheduled" && campaign.deletedAt === null) await start(deps, campaign);
  await deps.queue.send(campaign);
}

async function start({ db, events, now }: Sweeping, campaign: StoredCampaign): Promise<void> {
  const freeze = frozenContent(db, campaign.tenantId);
  try {
    const { event } = await changeCampaign(db, campaign, { action: "start", nowMs: now(), freeze });
    if (event !== undefined) await events.tell([event]);
  } catch (error) {
    // Somebody has started, cancelled or deleted it in this moment.
    if (!(error instanceof InvalidTransition || error instanceof NotFound)) throw error;
  }
}
