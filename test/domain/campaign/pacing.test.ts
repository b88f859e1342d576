import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dayOf,
  firstContactsMax,
  intervalMs,
  lowerPace,
  nextDayMs,
  nextDueMs,
  unsentMax,
} from "../../../domain/campaign/pacing.ts";

const noon = Date.parse("2026-11-22T12:00:00.000Z");
const dayMs = 86_400_000;
const paces = fc.double({ min: 0.1, max: 6_000, noNaN: true });
const fractions = fc.double({ min: 0, max: 1, noNaN: true });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("the pace of a campaign", () => {
  it.each([
    [20, 100, 20],
    [100, 20, 20],
    [null, 20, 20],
    [20, null, 20],
    [null, null, 6_000],
    [50_000, null, 6_000],
  ])("of %s with a session's limit of %s is %d a minute", (campaign, session, lower) => {
    expect(lowerPace(campaign, session)).toBe(lower);
  });

  it.each([
    [20, 0, 0.9, 3_000],
    [20, 0.5, 0.5, 3_000],
    [20, 0.5, 0, 1_500],
    [20, 1, 0, 0],
    [60, 0.5, 0.75, 1_250],
    [null, 0, 0.5, 10],
  ])("of %s a minute with a jitter of %d, at a random %d, waits %d ms", (perMinute, jitter, random, expected) => {
    expect(intervalMs(perMinute, jitter, random)).toBeCloseTo(expected, 6);
  });

  it("keeps each interval within its jitter, and the mean at the pace", () => {
    fc.assert(
      fc.property(paces, fractions, randoms, (perMinute, jitter, random) => {
        const base = 60_000 / perMinute;
        const interval = intervalMs(perMinute, jitter, random);
        expect(interval).toBeGreaterThanOrEqual(base * (1 - jitter) - 1e-6);
        expect(interval).toBeLessThanOrEqual(base * (1 + jitter) + 1e-6);
        const mirrored = intervalMs(perMinute, jitter, 1 - random);
        expect((interval + mirrored) / 2).toBeCloseTo(base, 3);
      }),
    );
  });

  it("is never exceeded by more than two seconds' worth, however late each message is", () => {
    const lateness = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 60_000 }), lateness, (interval, delays) => {
        const times: number[] = [];
        let due = noon;
        let now = noon;
        for (const late of delays) {
          now = Math.max(now, due) + late;
          times.push(now);
          due = nextDueMs(due, now, interval);
        }
        const count = times.length - 1;
        expect(now - noon + 2_000 + 1e-6).toBeGreaterThanOrEqual(count * interval - (times[0] ?? 0) + noon);
      }),
    );
  });

  it("does not make up for a pause in a burst", () => {
    expect(nextDueMs(noon - 3_600_000, noon, 3_000)).toBe(noon + 3_000);
    expect(nextDueMs(noon, noon + 400, 3_000)).toBe(noon + 3_000);
    expect(nextDueMs(noon, noon + 2_001, 3_000)).toBe(noon + 5_001);
  });

  it.each([
    [20, 1],
    [60, 1],
    [119, 1],
    [120, 2],
    [600, 10],
    [6_000, 25],
    [null, 25],
  ])("of %s a minute leaves %d messages unsent at most", (perMinute, expected) => {
    expect(unsentMax(perMinute)).toBe(expected);
  });
});

describe("the first contacts of a day", () => {
  it.each([
    ["warmup", 0, 10],
    ["warmup", 6.99, 10],
    ["warmup", 7, 20],
    ["warmup", 14, 30],
    ["warmup", 27.9, 40],
    ["warmup", 28, 50],
    ["warmup", 400, 50],
    [0, 3, 0],
    [250, 3, 250],
    [null, 3, Number.POSITIVE_INFINITY],
  ] as const)("under a limit of %s, %d days after the first connection, are at most %d", (limit, days, expected) => {
    expect(firstContactsMax(limit, noon - days * dayMs, noon)).toBe(expected);
  });

  it("of a session that was never connected are those of its first week", () => {
    expect(firstContactsMax("warmup", null, noon)).toBe(10);
  });

  it("never fall while a session warms up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 1_000 }), (one, other) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map(days => noon - days * dayMs);
        expect(firstContactsMax("warmup", late ?? 0, noon)).toBeGreaterThanOrEqual(
          firstContactsMax("warmup", early ?? 0, noon),
        );
      }),
    );
  });

  it("are counted by the UTC day", () => {
    expect(dayOf(noon)).toBe("2026-11-22");
    expect(nextDayMs(noon)).toBe(Date.parse("2026-11-23T00:00:00.000Z"));
    expect(nextDayMs(nextDayMs(noon))).toBe(Date.parse("2026-11-24T00:00:00.000Z"));
  });
});
