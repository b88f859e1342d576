import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isQuiet, nextQuietMs, quietUntilMs } from "../../../domain/campaign/quiet-hours.ts";

const at = (text: string) => Date.parse(text);
const night = { start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" };
const lunch = { start: "12:00", end: "13:30", timeZone: "Asia/Kolkata" };
const berlin = { start: "22:00", end: "07:00", timeZone: "Europe/Berlin" };
const gap = { start: "01:00", end: "02:30", timeZone: "Europe/Berlin" };
const newYork = { start: "01:30", end: "06:00", timeZone: "America/New_York" };

describe("quiet hours", () => {
  it.each([
    ["in the evening", night, "2026-11-22T23:59:59.999Z", "2026-11-22T23:59:59.999Z"],
    ["at their start", night, "2026-11-23T00:00:00.000Z", "2026-11-23T11:00:00.000Z"],
    ["after midnight", night, "2026-11-23T05:12:34.567Z", "2026-11-23T11:00:00.000Z"],
    ["at their end", night, "2026-11-23T11:00:00.000Z", "2026-11-23T11:00:00.000Z"],
    ["within a day, half an hour off the hour", lunch, "2026-11-22T06:45:00.000Z", "2026-11-22T08:00:00.000Z"],
    // Clocks go back at 03:00 CEST on 25 October 2026, and forward at 02:00 CET on 28 March 2027.
    ["over a night that is an hour longer", berlin, "2026-10-24T20:00:00.000Z", "2026-10-25T06:00:00.000Z"],
    ["over a night that is an hour shorter", berlin, "2027-03-27T21:00:00.000Z", "2027-03-28T05:00:00.000Z"],
    ["that end within the hour that is left out", gap, "2027-03-28T00:10:00.000Z", "2027-03-28T01:00:00.000Z"],
    // Clocks go back at 02:00 EDT on 1 November 2026: 01:30 comes twice.
    ["that begin within the hour that comes twice", newYork, "2026-11-01T05:40:00.000Z", "2026-11-01T06:00:00.000Z"],
  ])("%s last until the right moment", (_, quiet, now, until) => {
    expect(new Date(quietUntilMs(quiet, at(now))).toISOString()).toBe(until);
  });

  it("never begin where there are none", () => {
    expect(quietUntilMs(null, 5)).toBe(5);
    expect(nextQuietMs(null, 5)).toBe(Number.POSITIVE_INFINITY);
  });

  const zones = fc.constantFrom(
    ...["UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe"],
    ...["Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu"],
  );
  const times = fc.integer({ min: 0, max: 1_439 }).map(minute => {
    const [hours, minutes] = [Math.floor(minute / 60), minute % 60].map(part => String(part).padStart(2, "0"));
    return `${hours}:${minutes}`;
  });
  const windows = fc.record({ start: times, end: times, timeZone: zones }).filter(({ start, end }) => start !== end);
  const moments = fc.date({ min: new Date("2020-01-01"), max: new Date("2035-01-01"), noInvalidDate: true });

  it("end at the first moment that is not quiet, in every zone and over every change of the clocks", () => {
    fc.assert(
      fc.property(windows, moments, (quiet, moment) => {
        const now = moment.getTime();
        const until = quietUntilMs(quiet, now);
        expect(isQuiet(quiet, until)).toBe(false);
        if (until === now) return;
        expect(isQuiet(quiet, until - 1)).toBe(true);
        expect(isQuiet(quiet, Math.floor((now + until) / 2))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("begin again at the first moment that is quiet", () => {
    fc.assert(
      fc.property(windows, moments, (quiet, moment) => {
        const loud = quietUntilMs(quiet, moment.getTime());
        const next = nextQuietMs(quiet, loud);
        expect(next).toBeGreaterThan(loud);
        expect([isQuiet(quiet, next), isQuiet(quiet, next - 1)]).toEqual([true, false]);
      }),
      { numRuns: 300 },
    );
  });
});
