import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsAfter, secondsToNextWindow, windowAt } from "../../../domain/rate-limit/window.ts";

const noon = Date.parse("2026-11-22T12:00:00.000Z");
const times = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe("a rate window", () => {
  it.each([
    ["2026-11-22T12:00:00.000Z", "2026-11-22T12:00", 60],
    ["2026-11-22T12:00:00.001Z", "2026-11-22T12:00", 60],
    ["2026-11-22T12:00:59.000Z", "2026-11-22T12:00", 1],
    ["2026-11-22T12:00:59.999Z", "2026-11-22T12:00", 1],
    ["2026-11-22T12:01:00.000Z", "2026-11-22T12:01", 60],
  ])("at %s is %s, with %d seconds to the next", (at, name, seconds) => {
    const now = Date.parse(at);
    expect(windowAt(now).name).toBe(name);
    expect(secondsToNextWindow(now)).toBe(seconds);
  });

  it("is the UTC clock minute, and a wait of Retry-After always ends in the next one", () => {
    fc.assert(
      fc.property(times, now => {
        const { name, endsAtSeconds } = windowAt(now);
        expect(endsAtSeconds % 60).toBe(0);
        expect(new Date(now).toISOString().startsWith(name)).toBe(true);
        const later = now + secondsToNextWindow(now) * 1000;
        expect(windowAt(later).endsAtSeconds).toBe(endsAtSeconds + 60);
      }),
    );
  });
});

describe("what remains", () => {
  it.each([
    [1, 99],
    [99, 1],
    [100, 0],
    [101, 0],
    [5_000, 0],
  ])("after request number %d of 100 is %d", (count, remaining) => {
    expect(limitsAfter(count, 100, noon)).toEqual({ limit: 100, remaining, resetAtSeconds: noon / 1000 + 60 });
  });
});
