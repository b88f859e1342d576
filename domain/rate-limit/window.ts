/** What a tenant may still ask within the UTC clock minute: the three X-RateLimit headers. */
export interface RateLimits {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAtSeconds: number;
}

/** Where no tenant is known there is nothing to count against. */
export const noLimits: RateLimits = { limit: 0, remaining: 0, resetAtSeconds: 0 };

const windowMs = 60_000;

/** The minute that a request belongs to, `2026-11-22T10:29`, and the Unix second at which it ends. */
export function windowAt(nowMs: number): { readonly name: string; readonly endsAtSeconds: number } {
  const startMs = Math.floor(nowMs / windowMs) * windowMs;
  return { name: new Date(startMs).toISOString().slice(0, 16), endsAtSeconds: (startMs + windowMs) / 1000 };
}

/** The limits after this many requests of the window, the present one included. */
export function limitsAfter(count: number, limit: number, nowMs: number): RateLimits {
  return { limit, remaining: Math.max(0, limit - count), resetAtSeconds: windowAt(nowMs).endsAtSeconds };
}

/** Whole seconds until the next window, at least one: what Retry-After says. */
export function secondsToNextWindow(nowMs: number): number {
  return Math.max(1, Math.ceil(windowAt(nowMs).endsAtSeconds - nowMs / 1000));
}
