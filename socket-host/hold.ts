/** This host may not act for the session any more: nothing may be written or sent, and nothing tried again. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
  readonly code = "lease_lost";
}

/**
 * This host's hold on one shard under one epoch. Once lost it stays lost: the shard may be taken again, under another
 * epoch and as another hold.
 */
export class Hold {
  readonly shard: number;
  readonly epoch: number;
  readonly #lost = new AbortController();
  readonly #isFresh: () => boolean;

  /** `isFresh` answers whether the host's renewals are recent, by the monotonic clock, at this very moment. */
  constructor(shard: number, epoch: number, isFresh: () => boolean) {
    this.shard = shard;
    this.epoch = epoch;
    this.#isFresh = isFresh;
  }

  /** Aborts when the hold is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Throws LeaseLost unless the shard is held now. Asked before every send and every store, since a process may have been stopped between any two lines. */
  check(): void {
    if (!this.#isFresh()) this.lose();
    if (this.#lost.signal.aborted) throw new LeaseLost(`shard ${this.shard} is not held under epoch ${this.epoch}`);
  }

  get held(): boolean {
    return !this.#lost.signal.aborted;
  }

  lose(): void {
    this.#lost.abort();
  }
}
