import type { RunPlan } from "./run-seed.ts";

/** Small enough for `npm test`. */
export const shortPlan: Omit<RunPlan, "seed"> = {
  hosts: 3,
  sessions: 6,
  people: 4,
  durationMs: 25_000,
  messageEveryMs: 250,
  faultsInFunctions: false,
  restWithinMs: 90_000,
};

/** Dozens of sessions, for longer: what `npm run test:faults` runs for each seed. */
export const longPlan: Omit<RunPlan, "seed"> = {
  hosts: 3,
  sessions: 24,
  people: 8,
  durationMs: 60_000,
  messageEveryMs: 120,
  faultsInFunctions: true,
  restWithinMs: 420_000,
};
