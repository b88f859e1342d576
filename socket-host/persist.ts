import type { Log } from "../domain/log.ts";
import { backoffMs, storeBackoff } from "./backoff.ts";
import { LeaseLost } from "./hold.ts";
import { pause } from "./loop.ts";

/**
 * Does something that must not be given up: tries again with growing waits until it is done. Ends early, by throwing,
 * only where this host may not do it any more: its lease is lost, or `signal` says stop.
 */
export async function persist<T>(
  what: string,
  work: () => Promise<T>,
  options: { signal: AbortSignal; log: Log; random: () => number },
): Promise<T> {
  for (let failures = 0; ; ) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      failures++;
      options.log.warn("store failed, trying again", { what, failures, error });
    }
    await pause(backoffMs(failures, storeBackoff, options.random), [options.signal]);
  }
}
