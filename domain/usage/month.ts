/** The UTC calendar month of a time: `2026-11`. */
export function monthOf(isoTime: string): string {
  return isoTime.slice(0, 7);
}

const keptDays = 400;

/** When a month's counters may go, in epoch seconds: after the same month of the next year. */
export function monthExpiry(isoTime: string): number {
  return Math.floor(Date.parse(isoTime) / 1_000) + keptDays * 86_400;
}
