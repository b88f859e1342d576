import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { fenceAfterMs, type HostRow, renewEveryMs } from "../domain/lease/lease.ts";
import { renewHost } from "../domain/lease/store.ts";
import type { Log } from "../domain/log.ts";
import { Loop, pause } from "./loop.ts";

export interface LeaseRenewerOptions {
  readonly db: Db<"leases">;
  readonly hostId: string;
  readonly now: Now;
  /** The monotonic clock, in milliseconds. It goes on while the process is stopped, which is what fencing needs. */
  readonly monotonic: () => number;
  readonly log: Log;
  /** What this host holds, and how busy it is, for whoever counts. */
  holding(): Pick<HostRow, "sessions" | "waiting" | "load">;
  /** Renewals are too old: everything that is held must be let go. May be called again. */
  onStale(): void;
}

/** Answered later than this, a renewal would count for hardly any time, since it counts from when it began. */
export const renewalTimeoutMs = 5_000;
const staleCheckEveryMs = 250;
/** A renewal that took longer than this went through a starved machine, or a starved table. */
const slowRenewalMs = 500;

/**
 * Keeps this host alive in the eyes of the others, and knows when it may no longer count on it: a renewal counts from
 * when it began, and the host is stale three quarters of a lease after its last one, before anyone can take from it.
 * A renewal begins every two seconds whether or not the one before has been answered: answers that all come three
 * seconds late are a slow machine, not a lost host.
 */
export class LeaseRenewer {
  readonly #options: LeaseRenewerOptions;
  readonly #loop: Loop;
  #renewedAtMs: number | undefined;
  #roundTripMs = 0;
  #draining = false;
  #staleCheck: NodeJS.Timeout | undefined;

  constructor(options: LeaseRenewerOptions) {
    this.#options = options;
    const { log, monotonic } = options;
    this.#loop = new Loop({ name: "renew", everyMs: renewEveryMs, log, monotonic, turn: signal => this.#turn(signal) });
  }

  get loop(): Loop {
    return this.#loop;
  }

  /** Whether what this host holds is surely still its own, at this very moment. */
  isFresh(): boolean {
    return this.sinceRenewalMs < fenceAfterMs;
  }

  /** Milliseconds since the last renewal that went through began; infinite before the first. */
  get sinceRenewalMs(): number {
    return this.#renewedAtMs === undefined ? Number.POSITIVE_INFINITY : this.#options.monotonic() - this.#renewedAtMs;
  }

  /** Whether the last renewals took long: this host, or what it depends on, has too much to do. */
  get isSlow(): boolean {
    return this.#roundTripMs > slowRenewalMs;
  }

  start(): void {
    this.#loop.start();
    this.#staleCheck = setInterval(() => this.#letGoIfStale(), staleCheckEveryMs);
  }

  /** Says with the next renewal, which comes at once, that this host leaves. */
  async startDraining(): Promise<void> {
    this.#draining = true;
    await this.renew();
  }

  async renew(): Promise<void> {
    const { db, hostId, now, monotonic } = this.#options;
    const beganAtMs = monotonic();
    const host = { id: hostId, ...this.#options.holding(), draining: this.#draining };
    await renewHost(db, host, { nowMs: now(), signal: AbortSignal.timeout(renewalTimeoutMs) });
    // A process that was stopped may get here before its stale check: what lapsed in between is lost all the same.
    this.#letGoIfStale();
    this.#renewedAtMs = Math.max(this.#renewedAtMs ?? beganAtMs, beganAtMs);
    this.#roundTripMs = monotonic() - beganAtMs;
  }

  /** Begins a renewal, and waits for it no longer than until the next one is due. */
  async #turn(signal: AbortSignal): Promise<void> {
    const renewing = this.renew().catch((error: unknown) => {
      this.#options.log.warn("lease renewal failed", { error });
    });
    await Promise.race([renewing, pause(renewEveryMs, [signal])]);
  }

  /** Stops renewing; what is held goes stale by itself, unless it was let go before. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    clearInterval(this.#staleCheck);
  }

  /** Stops renewing as a killed process would, but goes on noticing that it is stale. */
  async abandon(): Promise<void> {
    await this.#loop.stop();
  }

  #letGoIfStale(): void {
    if (this.#renewedAtMs !== undefined && !this.isFresh()) this.#options.onStale();
  }
}
