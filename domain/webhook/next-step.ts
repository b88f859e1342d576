import type { Outcome } from "./attempt.ts";
import { retryAfterSeconds, retryDelaySeconds } from "./retry-schedule.ts";

/** What becomes of a delivery after a try. */
export type NextStep =
  | { readonly status: "delivered" }
  | { readonly status: "failed" }
  | { readonly status: "pending"; readonly delayMs: number };

/** Nothing is tried again at an endpoint that is gone (410), disabled or deleted. */
export function nextStep(
  outcome: Pick<Outcome, "error" | "statusCode" | "retryAfter">,
  state: { readonly tryOfRound: number; readonly endpointOpen: boolean; readonly nowMs: number },
  random: () => number,
): NextStep {
  if (outcome.error === null) return { status: "delivered" };
  if (isGone(outcome) || !state.endpointOpen) return { status: "failed" };
  const wish = retryAfterSeconds(outcome.retryAfter, state.nowMs);
  const delaySeconds = retryDelaySeconds(state.tryOfRound, random, wish);
  if (delaySeconds === undefined) return { status: "failed" };
  return { status: "pending", delayMs: Math.round(delaySeconds * 1_000) };
}

/** 410 Gone is the one answer by which an endpoint asks for no more. */
export function isGone(outcome: Pick<Outcome, "statusCode">): boolean {
  return outcome.statusCode === 410;
}
