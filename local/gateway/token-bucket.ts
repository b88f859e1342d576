export interface Throttle {
  /** Tokens a second. */
  readonly rateLimit: number;
  readonly burstLimit: number;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** One bucket for each key of a usage plan: `burstLimit` tokens at most, refilled at `rateLimit` a second. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a token; false where the bucket is empty. */
  take(key: string, { rateLimit, burstLimit }: Throttle): boolean {
    const nowMs = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: burstLimit, filledAtMs: nowMs };
    const refill = ((nowMs - bucket.filledAtMs) / 1000) * rateLimit;
    bucket.tokens = Math.min(burstLimit, bucket.tokens + refill);
    bucket.filledAtMs = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
