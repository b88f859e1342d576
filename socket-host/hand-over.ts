import type { Db } from "../domain/dynamodb/db.ts";
import type { Lease } from "../domain/lease/lease.ts";
import { findLease, markReleased, type ReleasedSession, releasedSessions } from "../domain/lease/store.ts";
import type { Log } from "../domain/log.ts";
import type { SessionRef } from "../domain/session/session.ts";
import type { Hold } from "./hold.ts";
import { pause } from "./loop.ts";
import { persist } from "./persist.ts";

/** How far apart a host lets sessions go: four a second to balance, twelve a second to leave. */
const releaseGapMs = { balancing: 250, draining: 80 } as const;
const marksEveryMs = 300;

/** A session this host holds, as far as handing it over goes. */
export interface Releasable {
  readonly ref: SessionRef;
  /** Closes its socket in order; afterwards nothing of it is written under this hold. */
  release(): Promise<void>;
}

/** The pace at which one host lets its sessions go, whatever shards they are of, so that those who open them keep up. */
export class ReleasePace {
  readonly #monotonic: () => number;
  #nextAtMs = 0;
  draining = false;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Resolves when the next session may go. */
  async turn(signal: AbortSignal): Promise<void> {
    const nowMs = this.#monotonic();
    const atMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = atMs + (this.draining ? releaseGapMs.draining : releaseGapMs.balancing);
    await pause(atMs - nowMs, [signal]);
  }
}

/**
 * The old owner's side: lets the sessions of a shard go one by one, and marks each as soon as its socket is closed, so
 * that each is offline only for its own moment. The hold ends with the last of them.
 */
export async function releaseSessions(
  db: Db<"leases">,
  hold: Hold,
  options: {
    sessions: () => readonly Releasable[];
    pace: ReleasePace;
    now: () => number;
    log: Log;
    random: () => number;
  },
): Promise<void> {
  const { log, random } = options;
  const releaseOne = async (session: Releasable) => {
    await session.release();
    const mark = () => markReleased(db, session.ref, hold.epoch, options.now());
    await persist("hand-over mark", mark, { signal: hold.signal, log, random });
  };
  const releasing: Promise<unknown>[] = [];
  for (const session of options.sessions()) {
    await options.pace.turn(hold.signal);
    if (!hold.held) break;
    // Settled ones only, so that one that fails while others still go does not end the process as unhandled.
    releasing.push(Promise.allSettled([releaseOne(session)]));
  }
  await Promise.all(releasing);
  // Sessions that began to open when the release began are let go with the rest.
  for (const late of options.sessions()) await releaseOne(late);
}

/**
 * The new owner's side: opens each session as soon as the old owner has marked it, until the hand-over is over (the
 * lease says so, or `over` does because the old owner died). The sessions that had no socket come after that.
 */
export async function awaitReleases(
  db: Db<"leases">,
  hold: Hold,
  from: NonNullable<Lease["from"]>,
  options: { over: AbortSignal; opened: (session: ReleasedSession) => void; failed: (error: unknown) => void },
): Promise<void> {
  const seen = new Set<string>();
  while (hold.held && !options.over.aborted) {
    try {
      for (const session of await releasedSessions(db, hold.shard, from.epoch)) {
        if (seen.has(session.sessionId)) continue;
        seen.add(session.sessionId);
        options.opened(session);
      }
      const lease = await findLease(db, hold.shard);
      if (lease.from === null || lease.epoch !== hold.epoch) return;
    } catch (error) {
      options.failed(error);
    }
    await pause(marksEveryMs, [hold.signal, options.over]);
  }
}
