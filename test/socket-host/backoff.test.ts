import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, reconnectBackoff } from "../../socket-host/backoff.ts";

describe("the wait before the next try", () => {
  it("doubles from a second to a minute and stays there", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map(attempt => backoffMs(attempt, reconnectBackoff, () => 1));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it("is between half and the whole of that, so that sessions that fell together spread", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, chance) => {
          const whole = backoffMs(attempt, reconnectBackoff, () => 1);
          const wait = backoffMs(attempt, reconnectBackoff, () => chance);
          expect(wait).toBeGreaterThanOrEqual(whole / 2);
          expect(wait).toBeLessThanOrEqual(whole);
        },
      ),
    );
  });
});
