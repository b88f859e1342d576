import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks until the answer is there (not undefined, not false) and answers it; fails, saying what was waited for, when
 * the time is up. Tests wait for conditions with this, never for a fixed time.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await delay(50);
  }
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: last });
}
