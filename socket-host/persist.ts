import * as z from "zod";
import type { Log } from "../domain/log.ts";
import { backoffMs, storeBackoff } from "./backoff.ts";
import { LeaseLost } from "./hold.ts";
import { pause } from "./loop.ts";

/** Whether trying again cannot help: the store refuses what it is given, or what it gives back is not what it should be. */
export function isPermanent(error: unknown): boolean {
  return error instanceof z.ZodError || (error instanceof Error && error.name === "ValidationException");
}

/**
 * Does something that must not be given up: tries again with growing waits until it is done. Ends early, by throwing,
 * only where this host may not do it any more (its lease is lost, or `signal` says stop), or where no
 * repetition can help.
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
      if (error instanceof LeaseLost || isPermanent(error)) throw error;
      failures++;
      options.log.warn("step failed, trying again", { what, failures, error });
    }
    await pause(backoffMs(failures, storeBackoff, options.random), [options.signal]);
  }
}
