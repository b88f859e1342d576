import { findTenant } from "../../domain/account/tenant-store.ts";
import type { PausedReason, WaitReason } from "../../domain/campaign/campaign.ts";
import { findPace, type PaceRow, savePace } from "../../domain/campaign/pace-row.ts";
import type { PacerTick } from "../../domain/campaign/pacer-queue.ts";
import type { Session } from "../../domain/session/session.ts";
import { findSession } from "../../domain/session/store.ts";
import { pauseCampaign } from "../campaign-keeper.ts";
import { stage } from "../stage.ts";
import type { PacingContext } from "./pacing-context.ts";
import { SessionPacer } from "./session-pacer.ts";

/** A tick's own delay is whole seconds of another clock than ours. */
const roundingMs = 1_000;
/** How soon a session that is not connected, or whose tenant is not active, is looked at again. */
const lookAgainMs = 60_000;

/**
 * Looks whether anything is due of a session's campaigns. All it knows stands in the session's pace row. A tick that comes
 * too early, twice or late does no harm: before the row's time it is dropped, and of two at that time one takes the step.
 * Answers how many messages were accepted.
 */
export async function paceSession(context: PacingContext, tick: PacerTick): Promise<number> {
  const row = await stage("prepare", () => findPace(context.db, tick));
  if (row === undefined || row.campaigns.size === 0) return 0;
  const earlyMs = row.wakeAtMs - context.now();
  if (earlyMs <= 0) return stage("attempt", () => look(context, row));
  if (tick.version === row.version && earlyMs <= roundingMs) await context.queue.send(tick, earlyMs);
  return 0;
}

async function look(context: PacingContext, row: PaceRow): Promise<number> {
  const session = await findSession(context.db, row.tenantId, row.sessionId);
  const reason = endOf(session);
  if (session === undefined || reason !== undefined) {
    await pauseAll(context, row, reason ?? "session_deleted");
    return 0;
  }
  // Nothing is accepted for a session that is away: it would come in a burst when it is back.
  if (session.status !== "connected") return lookAgain(context, row, "session_not_connected");
  // Its keys are refused: nobody could stop what it sends.
  const tenant = await findTenant(context.db, row.tenantId);
  if (tenant !== undefined && tenant.status !== "active") return lookAgain(context, row, undefined);
  return new SessionPacer(context, session, row).run();
}

async function lookAgain(
  { db, queue, now }: PacingContext,
  row: PaceRow,
  reason: WaitReason | undefined,
): Promise<number> {
  const wakeAtMs = now() + lookAgainMs;
  // Another one is written before this one is over.
  const wait = reason && { reason, untilMs: wakeAtMs + lookAgainMs };
  const waits = wait === undefined ? {} : Object.fromEntries([...row.campaigns].map(id => [id, wait]));
  const saved = await savePace(db, { ...row, wakeAtMs, waits }, true);
  const { tenantId, sessionId } = row;
  if (saved === undefined) return 0;
  await queue.send({ type: "campaign.pace", tenantId, sessionId, version: saved.version }, lookAgainMs);
  return 0;
}

/** Why a session's campaigns cannot go on before somebody does something; undefined where it comes back by itself. */
function endOf(session: Session | undefined): PausedReason | undefined {
  if (session === undefined || session.status === "stopped") return "session_deleted";
  if (session.status !== "disconnected") return undefined;
  return session.lastDisconnect?.reason === "banned" ? "banned" : "session_disconnected";
}

async function pauseAll(context: PacingContext, row: PaceRow, reason: PausedReason): Promise<void> {
  for (const id of row.campaigns) await pauseCampaign(context, { tenantId: row.tenantId, id }, reason);
  await savePace(context.db, { ...row, campaigns: new Set(), nextOfMs: {}, waits: {}, unsent: [] }, false);
}
