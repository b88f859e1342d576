import { isoTime } from "../clock.ts";
import type { Db } from "../dynamodb/db.ts";
import type { Campaign, StoredCampaign } from "./campaign.ts";
import { findPace, type PaceRow } from "./pace-row.ts";

/** What each of a tenant's campaigns that run waits for, by the last look at its session. */
export async function waitsOf(
  db: Db<"paces">,
  campaigns: readonly StoredCampaign[],
  nowMs: number,
): Promise<(campaign: StoredCampaign) => Campaign["waiting"]> {
  const running = campaigns.filter(({ status }) => status === "running");
  const sessions = new Map(running.map(({ tenantId, sessionId }) => [sessionId, { tenantId, sessionId }]));
  const rows = await Promise.all([...sessions.values()].map(session => findPace(db, session)));
  const found = new Map(rows.flatMap(row => (row === undefined ? [] : [[row.sessionId, row] as const])));
  return campaign => (campaign.status === "running" ? shownWait(found.get(campaign.sessionId), campaign, nowMs) : null);
}

function shownWait(row: PaceRow | undefined, { id }: StoredCampaign, nowMs: number): Campaign["waiting"] {
  const wait = row?.waits[id];
  if (wait === undefined || wait.untilMs <= nowMs) return null;
  const { reason, untilMs } = wait;
  // Nobody knows when a session is back: it is only looked for again then.
  return { reason, until: reason === "session_not_connected" ? null : isoTime(untilMs) };
}
