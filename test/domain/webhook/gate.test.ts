import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Gate,
  newGate,
  type Pace,
  paceOf,
  pauseAfter,
  roomFor,
  slotsFor,
  widthAfter,
} from "../../../domain/webhook/gate.ts";

const nowMs = 1_000_000;
const comer = { fromLine: false, eager: false };
const lined = { fromLine: true, eager: false };
const tried = { fromLine: false, eager: true };
const shutUntil = (untilMs: number): Gate => ({ ...newGate, shut: { untilMs, pauseMs: 10_000 } });

describe("an endpoint's gate", () => {
  test.each<[string, Gate, typeof comer, readonly number[]]>([
    ["a new one lets a few in", newGate, comer, [0, 1, 2, 3]],
    [
      "slots that are held are not given twice",
      { ...newGate, leases: [nowMs + 1, undefined, nowMs + 1] },
      comer,
      [1, 3],
    ],
    ["a slot whose lease ran out is free", { ...newGate, leases: [nowMs, nowMs - 1] }, comer, [0, 1, 2, 3]],
    ["a narrow one lets one in", { ...newGate, width: 1 }, comer, [0]],
    ["half of the slots are kept for the line", { ...newGate, look: "1", leases: [nowMs + 1, nowMs + 1] }, comer, []],
    [
      "others enter beside a line where more are free",
      { ...newGate, look: "1", leases: [nowMs + 1] },
      comer,
      [1, 2, 3],
    ],
    ["nobody overtakes the line of a shut one", { ...shutUntil(nowMs), width: 1, look: "1" }, comer, []],
    ["who comes from the line enters", { ...newGate, look: "1" }, lined, [0, 1, 2, 3]],
    ["a shut one lets nobody in", shutUntil(nowMs + 1), lined, []],
    ["when its time comes, one probe may enter", shutUntil(nowMs), lined, [0]],
    ["one probe at a time", { ...shutUntil(nowMs), leases: [nowMs + 1] }, lined, []],
    ["a test that the customer asks for is a probe at any time", { ...shutUntil(nowMs + 1), look: "1" }, tried, [0]],
  ])("%s", (_promise, gate, who, slots) => {
    expect(slotsFor(gate, who, 10, nowMs)).toEqual(slots);
  });

  test("never has room for more than the deployment allows", () => {
    expect(roomFor({ ...newGate, width: 50 }, 2, nowMs)).toBe(2);
  });

  test("shuts at the third time-out in a row for ten seconds, then twice as long each time, five minutes at most", () => {
    expect(pauseAfter({ timeouts: 2, shut: null })).toBeUndefined();
    expect(pauseAfter({ timeouts: 3, shut: null })).toBe(10_000);
    const pauses = [10_000];
    for (let probe = 0; probe < 6; probe++) {
      pauses.push(pauseAfter({ timeouts: 4, shut: { untilMs: 0, pauseMs: pauses.at(-1) ?? 0 } }) ?? 0);
    }
    expect(pauses).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  test("takes a quick refusal for quick: only time counts", () => {
    expect(paceOf({ error: "connection_failed", latencyMs: 3 })).toBe("quick");
    expect(paceOf({ error: null, latencyMs: 6_000 })).toBe("slow");
    expect(paceOf({ error: "timeout", latencyMs: 15_000 })).toBe("timed out");
  });

  test("grows by one an answer and is never wider than allowed, nor narrower than one", () => {
    const paces = fc.array(fc.constantFrom<Pace>("quick", "slow", "timed out"));
    fc.assert(
      fc.property(paces, fc.integer({ min: 1, max: 16 }), (told, slotsMax) => {
        let width = Math.min(newGate.width, slotsMax);
        for (const pace of told) {
          const next = widthAfter(width, pace, slotsMax);
          expect(next).toBeLessThanOrEqual(Math.min(width + 1, slotsMax));
          expect(next).toBeGreaterThanOrEqual(1);
          if (pace !== "quick") expect(next).toBeLessThanOrEqual(width);
          width = next;
        }
      }),
    );
  });
});
