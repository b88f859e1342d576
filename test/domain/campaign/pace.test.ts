import { describe, expect, it } from "vitest";
import { Pace, QuietHours } from "../../../domain/campaign/pace.ts";

describe("a campaign's pace", () => {
  it("is the session's own, with half an interval of jitter, unless told", () => {
    expect(Pace.parse({})).toEqual({ messagesPerMinute: null, jitter: 0.5 });
  });

  it.each([{ messagesPerMinute: 0.5 }, { jitter: -0.1 }, { jitter: 1.1 }, { speed: 1 }])("is not %j", pace => {
    expect(Pace.safeParse(pace).success).toBe(false);
  });
});

describe("quiet hours", () => {
  it.each([
    { start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" },
    { start: "00:00", end: "23:59", timeZone: "UTC" },
  ])("may be %j", quiet => {
    expect(QuietHours.parse(quiet)).toEqual(quiet);
  });

  it.each([
    { start: "24:00", end: "08:00", timeZone: "UTC" },
    { start: "9:00", end: "18:00", timeZone: "UTC" },
    { start: "09:00", end: "09:00", timeZone: "UTC" },
    { start: "09:00", end: "18:00", timeZone: "Mars/Olympus" },
    { start: "09:00", end: "18:00", timeZone: "+03:00" },
    { start: "09:00", end: "18:00" },
  ])("may not be %j", quiet => {
    expect(QuietHours.safeParse(quiet).success).toBe(false);
  });
});
