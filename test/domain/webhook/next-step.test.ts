import { describe, expect, test } from "vitest";
import { hasFailedForGood } from "../../../domain/webhook/health.ts";
import { nextStep } from "../../../domain/webhook/next-step.ts";

const nowMs = Date.parse("2026-11-22T10:00:00Z");
const first = { tryOfRound: 1, endpointOpen: true, nowMs };
const failed = { error: "status", statusCode: 500, retryAfter: undefined } as const;
const delivered = { error: null, statusCode: 200, retryAfter: undefined };
const middle = () => 0.5;

describe("what becomes of a delivery after a try", () => {
  test.each([
    ["a success ends it", delivered, first, { status: "delivered" }],
    [
      "a success ends it even as the endpoint is disabled",
      delivered,
      { ...first, endpointOpen: false },
      { status: "delivered" },
    ],
    ["a failure waits for the next try", failed, first, { status: "pending", delayMs: 5_000 }],
    ["a later failure waits longer", failed, { ...first, tryOfRound: 4 }, { status: "pending", delayMs: 600_000 }],
    [
      "no answer is a failure",
      { ...failed, statusCode: null, error: "timeout" } as const,
      first,
      { status: "pending", delayMs: 5_000 },
    ],
    ["Retry-After lengthens the wait", { ...failed, retryAfter: "60" }, first, { status: "pending", delayMs: 60_000 }],
    ["the twelfth failure is the last", failed, { ...first, tryOfRound: 12 }, { status: "failed" }],
    ["410 is final", { ...failed, statusCode: 410 }, first, { status: "failed" }],
    ["a closed endpoint is tried no more", failed, { ...first, endpointOpen: false }, { status: "failed" }],
  ])("%s", (_promise, outcome, state, step) => {
    expect(nextStep(outcome, state, middle)).toEqual(step);
  });
});

describe("an endpoint has failed for good", () => {
  const dayMs = 86_400_000;
  const since = (days: number) => new Date(nowMs - days * dayMs).toISOString();
  test.each([
    [5, 20, true],
    [6, 1_000, true],
    [5, 19, false],
    [4.999, 1_000, false],
    [0, 0, false],
  ])("after %d days and %d failures: %s", (days, failures, forGood) => {
    expect(hasFailedForGood({ failingSince: since(days), failures }, nowMs)).toBe(forGood);
  });

  test("never while it is well", () => {
    expect(hasFailedForGood({ failingSince: null, failures: 1_000 }, nowMs)).toBe(false);
  });
});
