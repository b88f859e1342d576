import type { History, Violation } from "../history.ts";

type Seen = Pick<History, "sessions" | "logins" | "phases" | "sends" | "standstills" | "leaseEdits">;

/** How long after it runs again a host may still have the socket it had; a starved one comes to it late. */
const awakeningMs = 3_000;
const starvedMs = 15_000;

const holdingPhases = new Set(["opening", "paired", "connected"]);

/** How long it may take until a host sees that somebody wrote over its lease: two looks, and the closing. */
const noticedWithinMs = 6_000;

/**
 * Never two live sockets of one device, but where the holder of the older one stands still, or its lease was written
 * over by hand and it has not looked yet; and whoever was overtaken sends nothing more.
 */
export function checkSockets({ sessions, logins, phases, sends, standstills, leaseEdits }: Seen): Violation[] {
  const sessionOf = new Map(sessions.map(session => [session.number, session.id]));
  const doubled = logins.flatMap(({ at, number, replaced }): Violation[] => {
    const sessionId = sessionOf.get(number);
    if (!replaced || sessionId === undefined) return [];
    const atMs = Date.parse(at);
    const edits = leaseEdits.filter(edit => edit.atMs <= atMs && atMs <= edit.atMs + noticedWithinMs);
    if (edits.some(({ sessionIds }) => sessionIds.includes(sessionId))) return [];
    const excuse = standstills.some(({ hostId, fromMs, toMs }) => {
      if (hostId === undefined) return fromMs <= atMs && atMs <= toMs + starvedMs;
      return fromMs <= atMs && atMs <= toMs + awakeningMs && heldAt(phases, { hostId, sessionId, atMs: fromMs });
    });
    if (excuse) return [];
    return [{ rule: "one socket", what: `two sockets of one device at ${at}, and nobody stood still`, sessionId }];
  });
  return [...doubled, ...overtaken(sends)];
}

/** Whether a host had, or may just have got, the socket of a session: it says `connected` a moment after the login. */
function heldAt(phases: Seen["phases"], at: { hostId: string; sessionId: string; atMs: number }): boolean {
  const before = phases.filter(({ hostId, sessionId, atMs }) => {
    return hostId === at.hostId && sessionId === at.sessionId && atMs <= at.atMs;
  });
  const phase = before.at(-1)?.to;
  return phase !== undefined && holdingPhases.has(phase);
}

/** Nothing is sent under an older epoch once something was sent under a newer one. */
function overtaken(sends: Seen["sends"]): Violation[] {
  const newest = new Map<string, number>();
  return [...sends]
    .sort((a, b) => a.atMs - b.atMs)
    .flatMap(({ sessionId, epoch, messageId, hostId }): Violation[] => {
      const known = newest.get(sessionId) ?? 0;
      newest.set(sessionId, Math.max(known, epoch));
      if (epoch >= known) return [];
      return [{ rule: "one socket", what: `${hostId} sent under epoch ${epoch} after ${known}`, sessionId, messageId }];
    });
}
