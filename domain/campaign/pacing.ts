import type { SessionLimits } from "../session/session.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** How late a message may be without those behind it having to be late as well: SQS rounds delays up to whole seconds. */
const catchUpMs = 2_000;
/** No session sends more in a second, and so few are found in one read of its outbox. */
const unsentLimit = 25;
const warmupStep = 10;
const warmupMax = 50;

/** The pace when nobody sets a bound: a hundred a second is more than one session can send. */
const messagesPerMinuteMax = 6_000;

/** The lower of two paces, in messages a minute; null is no bound. */
export function lowerPace(one: number | null, other: number | null): number {
  return Math.min(one ?? messagesPerMinuteMax, other ?? messagesPerMinuteMax, messagesPerMinuteMax);
}

/** From one message to the next, in milliseconds. `random` is in [0, 1): 0.5 gives the interval without jitter. */
export function intervalMs(messagesPerMinute: number | null, jitter: number, random: number): number {
  return (minuteMs / lowerPace(messagesPerMinute, null)) * (1 + jitter * (2 * random - 1));
}

/**
 * When the next message may be accepted, in epoch milliseconds, after one that might have been at `dueMs` was at
 * `nowMs`. Two seconds that were lost are caught up with, a longer pause is not: whoever was away does not come in a burst.
 */
export function nextDueMs(dueMs: number, nowMs: number, interval: number): number {
  return (nowMs - dueMs <= catchUpMs ? dueMs : nowMs) + interval;
}

/**
 * How many of a session's campaign messages may wait to be sent at once: one, or what it sends in a second where that is
 * more. A session that is away for long has no more than these to send when it is back.
 */
export function unsentMax(messagesPerMinute: number | null): number {
  return Math.min(unsentLimit, Math.max(1, Math.floor(lowerPace(messagesPerMinute, null) / 60)));
}

/**
 * How many people whom a session never exchanged a message with its campaigns may write to in a day. `warmup` is 10 in
 * the first week after the session was first connected, 10 more in each week after that, and 50 in the end.
 */
export function firstContactsMax(
  limit: SessionLimits["firstContactsPerDay"],
  firstConnectedAtMs: number | null,
  nowMs: number,
): number {
  if (limit === null) return Number.POSITIVE_INFINITY;
  if (limit !== "warmup") return limit;
  const weeks = Math.floor(Math.max(0, nowMs - (firstConnectedAtMs ?? nowMs)) / weekMs);
  return Math.min(warmupMax, warmupStep * (weeks + 1));
}

/** The day that first contacts are counted in: the UTC date, as 2026-11-22. */
export function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** When the next such day begins, in epoch milliseconds. */
export function nextDayMs(nowMs: number): number {
  return (Math.floor(nowMs / dayMs) + 1) * dayMs;
}
