import { setTimeout as delay } from "node:timers/promises";

/** Asked at first so often, and less the longer it takes: whoever waits must not take the time that the work needs. */
const pauseMs = { first: 50, longest: 300 };
const pauseGrowth = 0.1;

/**
 * Asks until the answer is there (not undefined, not false) and answers it; fails, saying what was waited for, when
 * the time is up. Tests wait for conditions with this, never for a fixed time.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const startedAtMs = performance.now();
  const sinceMs = () => performance.now() - startedAtMs;
  let last: unknown;
  while (sinceMs() < timeoutMs) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await delay(Math.min(pauseMs.longest, pauseMs.first + pauseGrowth * sinceMs()));
  }
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: last });
}
