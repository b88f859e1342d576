import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimatedDurationSeconds, type Plan } from "../../../domain/campaign/duration.ts";

const hour = 3_600;
const base: Plan = {
  messages: 0,
  firstContacts: 0,
  messagesPerMinute: null,
  limits: { campaignMessagesPerMinute: 20, firstContactsPerDay: null },
  firstConnectedAtMs: null,
  firstContactsToday: 0,
  quietHours: null,
  startMs: Date.parse("2026-11-22T12:00:00.000Z"),
};

describe("how long a campaign takes", () => {
  it.each<[string, Partial<Plan>, number | null]>([
    ["no time for nobody", {}, 0],
    ["its pace", { messages: 1_200 }, hour],
    ["its own pace where that is lower", { messages: 1_200, messagesPerMinute: 10 }, 2 * hour],
    ["days at its pace", { messages: 20 * 60 * 24 * 3 }, 72 * hour],
    [
      "a night of quiet more",
      { messages: 20 * 60 * 13, quietHours: { start: "22:00", end: "08:00", timeZone: "UTC" } },
      // Ten hours until 22:00, ten of quiet, three in the morning.
      23 * hour,
    ],
    [
      "until the morning where it starts at night",
      {
        messages: 20,
        startMs: Date.parse("2026-11-22T23:00:00Z"),
        quietHours: { start: "22:00", end: "08:00", timeZone: "UTC" },
      },
      9 * hour + 60,
    ],
    [
      "as many days as first contacts need",
      { messages: 30, firstContacts: 30, limits: { campaignMessagesPerMinute: 20, firstContactsPerDay: "warmup" } },
      12 * hour + 24 * hour + 30,
    ],
    [
      "a day more where today's first contacts are made",
      {
        messages: 10,
        firstContacts: 10,
        firstContactsToday: 10,
        limits: { campaignMessagesPerMinute: 20, firstContactsPerDay: 10 },
      },
      12 * hour + 30,
    ],
    [
      "for ever where none may be written to first",
      { messages: 10, firstContacts: 1, limits: { campaignMessagesPerMinute: 20, firstContactsPerDay: 0 } },
      null,
    ],
  ])("is %s", (_, plan, expected) => {
    expect(estimatedDurationSeconds({ ...base, ...plan })).toBe(expected);
  });

  it("is never shorter than the pace alone, and more people never take less time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 100 }), (messages, perDay) => {
        const limits = { campaignMessagesPerMinute: 20, firstContactsPerDay: perDay };
        const quietHours = { start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" };
        const plan = { ...base, messages, firstContacts: messages, limits, quietHours };
        const seconds = estimatedDurationSeconds(plan) ?? 0;
        expect(seconds).toBeGreaterThanOrEqual(messages * 3);
        const more = estimatedDurationSeconds({ ...plan, messages: messages + 1, firstContacts: messages + 1 });
        expect(more).toBeGreaterThanOrEqual(seconds);
      }),
      { numRuns: 50 },
    );
  });
});
