/** How long to wait after the nth failure in a row: doubling from `baseMs` up to `capMs`. */
export interface BackoffRange {
  readonly baseMs: number;
  readonly capMs: number;
}

export const reconnectBackoff: BackoffRange = { baseMs: 1_000, capMs: 60_000 };
/** Where WhatsApp refuses the client's version: the first tries come soon, with the present version; a fleet must not hammer. */
export const outdatedBackoff: BackoffRange = { baseMs: 2_000, capMs: 900_000 };
/** For calls of AWS that must go through in the end: a store that fails is tried again, never given up. */
export const storeBackoff: BackoffRange = { baseMs: 200, capMs: 15_000 };

/**
 * The wait before try number `attempt` + 1 (the first failure is 1), for ever: half of it fixed and half of it chance,
 * so that sessions that fell together do not come back together. `random` answers 0 to 1.
 */
export function backoffMs(attempt: number, range: BackoffRange, random: () => number): number {
  const doublings = Math.min(Math.max(0, attempt - 1), 30);
  const full = Math.min(range.capMs, range.baseMs * 2 ** doublings);
  return full / 2 + (full / 2) * random();
}
