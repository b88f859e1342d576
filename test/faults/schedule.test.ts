import { describe, expect, it } from "vitest";
import { inWords, scheduleOf } from "./schedule.ts";

const plan = { durationMs: 60_000, hosts: 3, sessions: 8 };
const seeds = Array.from({ length: 50 }, (_, seed) => seed);

describe("a schedule of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(scheduleOf(7, plan)).toEqual(scheduleOf(7, plan));
    expect(scheduleOf(7, plan)).not.toEqual(scheduleOf(8, plan));
  });

  it("has every kind of fault in it over some seeds", () => {
    const words = seeds.flatMap(seed => scheduleOf(seed, plan)).map(({ fault }) => inWords(fault));
    const kinds = "kill terminate stop lease drop silence delay conflict nack refuse corrupt stream_error".split(" ");
    for (const kind of [...kinds, "dynamodb", "sqs", "sns", "kms", '"lose"', '"refuse"', '"delay"']) {
      expect(
        words.some(word => word.includes(kind)),
        kind,
      ).toBe(true);
    }
  });

  it("replaces no session twice, which would end it, nor too late for it to come back", () => {
    for (const seed of seeds) {
      const conflicts = scheduleOf(seed, plan).flatMap(({ atMs, fault }) =>
        fault.kind === "whatsapp" && fault.fault.kind === "conflict" ? [{ atMs, session: fault.session }] : [],
      );
      expect(new Set(conflicts.map(({ session }) => session)).size).toBe(conflicts.length);
      expect(Math.max(0, ...conflicts.map(({ atMs }) => atMs))).toBeLessThanOrEqual(25_000);
    }
  });
});
