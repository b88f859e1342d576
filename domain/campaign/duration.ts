import type { SessionLimits } from "../session/session.ts";
import { firstContactsMax, lowerPace, nextDayMs } from "./pacing.ts";
import { nextQuietMs, type QuietTimes, quietUntilMs } from "./quiet-hours.ts";

/** After so many days the rest is reckoned to go on as the last of them. */
const daysMax = 100;

export interface Plan {
  /** Messages to be sent, first contacts among them. */
  readonly messages: number;
  readonly firstContacts: number;
  /** The campaign's own pace, in messages a minute; null is no bound. */
  readonly messagesPerMinute: number | null;
  readonly limits: SessionLimits;
  readonly firstConnectedAtMs: number | null;
  /** First contacts that the session has made today. */
  readonly firstContactsToday: number;
  readonly quietHours: QuietTimes | null;
  readonly startMs: number;
}

/**
 * How long a campaign takes if nothing else is sent and nothing goes wrong, in seconds: by its pace, its quiet hours and
 * the first contacts a day. Null where it would never end, since no first contacts are allowed.
 */
export function estimatedDurationSeconds(plan: Plan): number | null {
  const perMs = lowerPace(plan.messagesPerMinute, plan.limits.campaignMessagesPerMinute) / 60_000;
  let left: Left = { known: plan.messages - plan.firstContacts, first: plan.firstContacts };
  let fromMs = plan.startMs;
  let used = plan.firstContactsToday;
  let lastDay = 0;
  for (let day = 0; day < daysMax && left.known + left.first > 0; day++) {
    const allowed = firstContactsMax(plan.limits.firstContactsPerDay, plan.firstConnectedAtMs, fromMs);
    const dayEndMs = nextDayMs(fromMs);
    const sendable = left.known + Math.min(left.first, Math.max(0, allowed - used));
    const { sent, atMs } = sendBetween(fromMs, dayEndMs, { sendable, perMs, quiet: plan.quietHours });
    left = after(left, sent, Math.max(0, allowed - used));
    if (left.known + left.first < 1) return Math.ceil((atMs - plan.startMs) / 1_000);
    if (left.known === 0 && allowed === 0) return null;
    fromMs = dayEndMs;
    used = 0;
    lastDay = sent;
  }
  const daysLeft = lastDay === 0 ? 0 : (left.known + left.first) / lastDay;
  return Math.ceil((fromMs - plan.startMs) / 1_000 + daysLeft * 86_400);
}

interface Left {
  readonly known: number;
  readonly first: number;
}

function after({ known, first }: Left, sent: number, firstMax: number): Left {
  const firstSent = Math.min(first, firstMax, sent);
  return { known: Math.max(0, known - (sent - firstSent)), first: first - firstSent };
}

/** How many of the sendable messages leave between two moments outside the quiet hours, and when the last one does. */
function sendBetween(
  fromMs: number,
  toMs: number,
  { sendable, perMs, quiet }: { sendable: number; perMs: number; quiet: QuietTimes | null },
): { sent: number; atMs: number } {
  let sent = 0;
  let atMs = quietUntilMs(quiet, fromMs);
  while (atMs < toMs && sent < sendable) {
    const pauseMs = Math.min(toMs, nextQuietMs(quiet, atMs));
    const neededMs = (sendable - sent) / perMs;
    if (atMs + neededMs <= pauseMs) return { sent: sendable, atMs: atMs + neededMs };
    sent += (pauseMs - atMs) * perMs;
    atMs = pauseMs < toMs ? quietUntilMs(quiet, pauseMs) : toMs;
  }
  return { sent, atMs };
}
