import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lane, lanePrefix, outboxKey } from "../../../domain/outbox/outbox.ts";

const lanes: Lane[] = ["control", "high", "normal", "low"];
const place = fc.record({ lane: fc.constantFrom(...lanes), sequence: fc.integer({ min: 0, max: 999_999_999_999 }) });

describe("outboxKey", () => {
  it("sorts by lane, then by the order of acceptance", () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const byMeaning = lanes.indexOf(a.lane) - lanes.indexOf(b.lane) || a.sequence - b.sequence;
        const [left, right] = [outboxKey(a.lane, a.sequence), outboxKey(b.lane, b.sequence)];
        expect(Math.sign(byMeaning)).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
    );
  });

  it("starts with its lane's prefix", () => {
    for (const lane of lanes) expect(outboxKey(lane, 7)).toMatch(new RegExp(`^${lanePrefix(lane)}`));
  });
});
