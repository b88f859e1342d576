import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryAfterSeconds, retryDelaySeconds, triesMax } from "../../../domain/webhook/retry-schedule.ts";

const middle = () => 0.5;

describe("retryDelaySeconds", () => {
  test.each([
    [1, 5],
    [2, 30],
    [3, 120],
    [4, 600],
    [5, 1_800],
    [6, 3_600],
    [7, 10_800],
    [8, 28_800],
    [9, 57_600],
    [10, 86_400],
    [11, 86_400],
    [12, undefined],
  ])("after failed try %i waits %s seconds in the middle of its jitter", (failedTry, seconds) => {
    expect(retryDelaySeconds(failedTry, middle)).toBe(seconds);
  });

  test("gives twelve tries over about 76 hours", () => {
    const delays = Array.from({ length: triesMax - 1 }, (_, index) => retryDelaySeconds(index + 1, middle) ?? 0);
    expect(triesMax).toBe(12);
    expect(Math.floor(delays.reduce((sum, delay) => sum + delay, 0) / 3_600)).toBe(76);
  });

  test("stays within a fifth of the middle, whatever the chance", () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: triesMax - 1 }), chance, (failedTry, random) => {
        const centre = retryDelaySeconds(failedTry, middle) ?? 0;
        const delay = retryDelaySeconds(failedTry, () => random) ?? 0;
        expect(delay).toBeGreaterThanOrEqual(centre * 0.8 - 1e-6);
        expect(delay).toBeLessThanOrEqual(centre * 1.2 + 1e-6);
      }),
    );
  });

  test("never comes before Retry-After, nor waits longer than a day for it, nor adds a try", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 10_000_000 }), (failedTry, wish) => {
        const delay = retryDelaySeconds(failedTry, middle, wish);
        expect(delay === undefined).toBe(failedTry >= triesMax);
        expect(delay ?? 86_400).toBeGreaterThanOrEqual(Math.min(wish, 86_400));
        expect(delay ?? 86_400).toBeLessThanOrEqual(86_400 * 1.2);
      }),
    );
  });
});

describe("retryAfterSeconds", () => {
  const now = Date.parse("2026-11-22T10:00:00Z");
  test.each([
    ["120", 120],
    [" 7 ", 7],
    ["0", 0],
    ["Sun, 22 Nov 2026 10:01:00 GMT", 60],
    ["Sun, 22 Nov 2026 09:00:00 GMT", 0],
    ["-5", 0],
    ["1.5", 0],
    ["soon", 0],
    ["Sun, 99 Nov 2026 10:01:00 GMT", 0],
    ["", 0],
    [undefined, 0],
  ])("reads %s as %d seconds", (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });
});
