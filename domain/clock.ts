/** Where time comes from: wall-clock milliseconds since the Unix epoch. Passed in, so that tests own time. */
export type Now = () => number;

export const systemNow: Now = () => Date.now();

/** ISO 8601 UTC with milliseconds, the one spelling of a time in the API and in storage. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
