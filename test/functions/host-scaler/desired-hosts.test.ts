import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desiredHosts, type Seen } from "../../../functions/host-scaler/desired-hosts.ts";

const rules = { hostsMin: 2, hostsMax: 10, sessionsPerHost: 500, loadMax: 60 };
const host = (sessions: number, more: Partial<Seen["hosts"][number]> = {}) => ({
  id: "a",
  sessions,
  waiting: 0,
  load: 0,
  draining: false,
  ...more,
});
const seen = (hosts: Seen["hosts"], desired = hosts.length, more: Partial<Seen> = {}): Seen => ({
  hosts,
  leases: hosts.map(({ id }) => ({ owner: id })),
  desired,
  running: desired,
  ...more,
});

describe("how many hosts there should be", () => {
  it.each<[string, Seen, number]>([
    ["the least there may be where nothing is there yet", seen([], 1, { running: 0 }), 2],
    ["as they are while they are neither full nor empty", seen([host(350), host(350)]), 2],
    ["one more before they are full", seen([host(401), host(400)]), 3],
    ["as many as are needed, at once", seen([host(500), host(500, { waiting: 2_000 })]), 8],
    ["no more than allowed", seen([host(500, { waiting: 90_000 })]), 10],
    ["one more for the load alone", seen([host(10, { load: 70 }), host(10, { load: 60 })]), 3],
    ["one fewer where the others have room to spare", seen([host(200), host(200), host(200)]), 2],
    ["one fewer at a time", seen(Array.from({ length: 8 }, () => host(1))), 7],
    ["no fewer where the others would be fuller than they should", seen([host(210), host(210), host(210)]), 3],
    ["no fewer while one is still starting", seen([host(1), host(1), host(1)], 3, { running: 2 }), 3],
    ["no fewer while one is still leaving", seen([host(1), host(1), host(1, { draining: true })]), 3],
    [
      "one more where shards lie idle and every host is full",
      seen([host(500), host(500)], 4, { leases: [{ owner: null }] }),
      5,
    ],
  ])("%s", (_promise, given, wanted) => {
    expect(desiredHosts(given, rules)).toBe(wanted);
  });

  it("does not look at the load where it is told not to", () => {
    const busy = seen([host(1, { load: 100 }), host(1, { load: 100 })]);
    expect(desiredHosts(busy, { ...rules, loadMax: 0 })).toBe(2);
  });

  it("stays between the least and the most, comes to rest, and never goes to and fro", () => {
    const counts = fc.array(fc.nat(600), { maxLength: 12 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 20 }), (sessions, start) => {
        const hosts = sessions.map(count => host(count));
        const steps = [start];
        for (let step = 0; step < 40; step++) steps.push(desiredHosts(seen(hosts, steps.at(-1) ?? 0), rules));
        expect(steps.at(-1)).toBe(steps.at(-2));
        for (const count of steps.slice(1)) {
          expect(count).toBeGreaterThanOrEqual(rules.hostsMin);
          expect(count).toBeLessThanOrEqual(rules.hostsMax);
        }
      }),
    );
  });
});
