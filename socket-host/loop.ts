import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../domain/log.ts";

export interface LoopOptions {
  readonly name: string;
  readonly everyMs: number;
  readonly log: Log;
  /** The monotonic clock, in milliseconds. */
  readonly monotonic: () => number;
  turn(signal: AbortSignal): Promise<void>;
}

/**
 * Does one thing again and again, a fixed time after it began last. A turn that fails is said and the next one comes
 * all the same; one that never ends shows in `sinceTurnMs`, which the health check reads.
 */
export class Loop {
  readonly #options: LoopOptions;
  readonly #stopped = new AbortController();
  #woken = new AbortController();
  #startedAtMs: number;
  #running: Promise<void> | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#startedAtMs = options.monotonic();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** How long ago the current or last turn began. */
  get sinceTurnMs(): number {
    return this.#options.monotonic() - this.#startedAtMs;
  }

  get everyMs(): number {
    return this.#options.everyMs;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Begins the next turn now, or right after the current one. */
  wake(): void {
    this.#woken.abort();
  }

  /** Ends after the current turn, which is told by its signal. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#woken.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { name, everyMs, log, monotonic } = this.#options;
    while (!this.#stopped.signal.aborted) {
      this.#startedAtMs = monotonic();
      this.#woken = new AbortController();
      try {
        await this.#options.turn(this.#stopped.signal);
      } catch (error) {
        if (!this.#stopped.signal.aborted) log.warn("loop turn failed", { loop: name, error });
      }
      await pause(everyMs - (monotonic() - this.#startedAtMs), [this.#stopped.signal, this.#woken.signal]);
    }
  }
}

/** Waits, or until one of the signals; never throws. */
export async function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  if (ms <= 0 || signals.some(signal => signal.aborted)) return;
  const until = signals.length === 1 ? signals[0] : AbortSignal.any([...signals]);
  try {
    await delay(ms, undefined, until === undefined ? {} : { signal: until });
  } catch (error) {
    if (!until?.aborted) throw error;
  }
}
