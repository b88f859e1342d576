/** Seconds from a failed try to the next one. Twelve tries reach over three days and four hours. */
export const retryDelaysSeconds = [5, 30, 120, 600, 1_800, 3_600, 10_800, 28_800, 57_600, 86_400, 86_400] as const;
const jitter = 0.2;
const retryAfterSecondsMax = 86_400;

export const triesMax = retryDelaysSeconds.length + 1;

/**
 * Seconds to wait after the `failedTry`th try (from 1) failed, or undefined where that was the last one. Each delay
 * varies by a fifth either way (`random` answers 0–1), so that endpoints which failed together are not retried
 * together. `retryAfterSeconds`, the endpoint's own wish, can lengthen a delay up to a day; it never shortens one.
 */
export function retryDelaySeconds(failedTry: number, random: () => number, retryAfterSeconds = 0): number | undefined {
  const delay = retryDelaysSeconds[failedTry - 1];
  if (delay === undefined) return undefined;
  const jittered = delay * (1 - jitter + 2 * jitter * random());
  return Math.max(jittered, Math.min(retryAfterSeconds, retryAfterSecondsMax));
}

/**
 * Reads a `Retry-After` header (RFC 9110 §10.2.3: whole seconds, or an HTTP date) as seconds from now; 0 where it is
 * absent, past or neither.
 */
export function retryAfterSeconds(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  // Only the preferred form of a date: Date.parse alone would read "-5" or "1.5" as one.
  if (!/^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return 0;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? 0 : Math.max(0, (atMs - nowMs) / 1000);
}
