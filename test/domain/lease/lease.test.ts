import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deadHosts,
  fenceAfterMs,
  forgetHostAfterMs,
  type HostRow,
  idleShards,
  isAlive,
  type Lease,
  type LeaseView,
  leaseDurationMs,
  lookEveryMs,
  type Sightings,
  sightAgain,
  takesOf,
} from "../../../domain/lease/lease.ts";

const lease = (shard: number, owner: string | null, more: Partial<Lease> = {}): Lease => ({
  shard,
  owner,
  epoch: owner === null ? 0 : 1,
  from: null,
  ...more,
});
const host = (id: string, counter = 1, draining = false): HostRow => ({
  id,
  counter,
  sessions: 0,
  waiting: 0,
  load: 0,
  draining,
});

const room = { hasRoom: true, hasRoomToSteal: true };

function viewOf(leases: Lease[], hosts: HostRow[], more: Partial<LeaseView> = {}): LeaseView {
  const sightings = more.sightings ?? sightAgain(new Map(), { leases, hosts }, 0);
  const held = new Set(leases.filter(one => one.owner === "a").map(one => one.shard));
  return { me: "a", leases, hosts, sightings, held, idleSinceMs: new Map(), ...room, nowMs: 0, ...more };
}

const shardsOf = (view: LeaseView, how?: string) =>
  takesOf(view)
    .filter(take => how === undefined || take.how === how)
    .map(take => take.lease.shard)
    .sort((a, b) => a - b);

describe("liveness by watching counters", () => {
  const seen = (counter: number) => ({ leases: [], hosts: [host("b", counter)] });

  it("takes a host as dead only when its counter stood still for a whole lease on the observer's clock", () => {
    const first = sightAgain(new Map(), seen(5), 1_000);
    const second = sightAgain(first, seen(5), 1_000 + leaseDurationMs - 1);
    expect(isAlive(second, "b", 1_000 + leaseDurationMs - 1)).toBe(true);
    expect(isAlive(second, "b", 1_000 + leaseDurationMs)).toBe(false);
  });

  it("believes in a host again as soon as its counter moves, also after the observer itself was stopped", () => {
    const first = sightAgain(new Map(), seen(5), 0);
    const later = sightAgain(first, seen(6), 60_000);
    expect(isAlive(later, "b", 60_000)).toBe(true);
  });

  it("watches an owner that has no row like any other", () => {
    const read = { leases: [lease(0, "gone")], hosts: [] };
    const sightings = sightAgain(sightAgain(new Map(), read, 0), read, 5_000);
    expect(isAlive(sightings, "gone", 5_000)).toBe(true);
    expect(isAlive(sightings, "gone", leaseDurationMs)).toBe(false);
  });

  it("remembers only hosts that are still spoken of", () => {
    const first = sightAgain(new Map(), seen(5), 0);
    expect(sightAgain(first, { leases: [], hosts: [] }, 1).size).toBe(0);
  });

  it("leaves the owner two seconds and more between its own stop and the first take", () => {
    expect(leaseDurationMs - fenceAfterMs).toBeGreaterThan(lookEveryMs);
  });

  it("forgets a host row only long after its leases were free to take", () => {
    const view = { hosts: [host("b")], sightings: new Map([["b", { counter: 1, sinceMs: 0 }]]) };
    expect(deadHosts({ ...view, nowMs: leaseDurationMs })).toEqual([]);
    expect(deadHosts({ ...view, nowMs: forgetHostAfterMs })).toEqual([host("b")]);
  });
});

describe("what a host takes after a look", () => {
  const idle = (count: number) => Array.from({ length: count }, (_, shard) => lease(shard, null));

  it("takes everything where it is alone", () => {
    expect(shardsOf(viewOf(idle(4), [host("a")]))).toEqual([0, 1, 2, 3]);
  });

  it("takes its fair share of idle shards and leaves the rest", () => {
    expect(shardsOf(viewOf(idle(4), [host("a"), host("b")]))).toHaveLength(2);
  });

  it("counts neither a draining host nor a dead one in the shares", () => {
    const hosts = [host("a"), host("b", 1, true), host("c")];
    const sightings: Sightings = new Map([
      ["a", { counter: 1, sinceMs: leaseDurationMs }],
      ["b", { counter: 1, sinceMs: leaseDurationMs }],
      ["c", { counter: 1, sinceMs: 0 }],
    ]);
    expect(shardsOf(viewOf(idle(4), hosts, { sightings, nowMs: leaseDurationMs }))).toHaveLength(4);
  });

  it("takes the leases of a dead owner, with no hand-over to wait for", () => {
    const leases = [lease(0, "b"), lease(1, "a")];
    const sightings: Sightings = new Map([["b", { counter: 1, sinceMs: 0 }]]);
    const view = viewOf(leases, [host("a"), host("b")], { sightings, nowMs: leaseDurationMs });
    expect(takesOf(view)).toEqual([{ lease: leases[0], from: null, how: "idle" }]);
  });

  it("takes back at once what stands in its own name and it does not hold", () => {
    const view = viewOf([lease(0, "a")], [host("a")], { held: new Set() });
    expect(shardsOf(view)).toEqual([0]);
  });

  it("claims the shards of a draining host, which then hands its sessions over", () => {
    const leases = [lease(0, "b", { epoch: 7 })];
    const view = viewOf(leases, [host("a"), host("b", 1, true)]);
    expect(takesOf(view)).toEqual([{ lease: leases[0], from: { host: "b", epoch: 7 }, how: "draining" }]);
  });

  it("steals one shard from the richest host, and none while another is on its way", () => {
    const rich = [lease(0, "b"), lease(1, "b"), lease(2, "b"), lease(3, "c"), lease(4, "c")];
    const hosts = [host("a"), host("b"), host("c")];
    const [stolen] = takesOf(viewOf(rich, hosts));
    expect(stolen?.lease.owner).toBe("b");
    expect(stolen?.how).toBe("steal");
    const arriving = [...rich, lease(5, "a", { epoch: 2, from: { host: "b", epoch: 1 } })];
    expect(takesOf(viewOf(arriving, hosts))).toEqual([]);
  });

  it("steals from a host that has sessions it cannot serve, however many shards it has itself", () => {
    const leases = [lease(0, "a"), lease(1, "a"), lease(2, "a"), lease(3, "b"), lease(4, "b")];
    const hosts = [host("a"), { ...host("b"), waiting: 3 }];
    expect(takesOf(viewOf(leases, hosts))).toMatchObject([{ lease: { owner: "b" }, how: "steal" }]);
    // Its last shard it keeps: moved whole, it would only be too much elsewhere.
    expect(takesOf(viewOf(leases.slice(0, 4), hosts))).toEqual([]);
  });

  it("steals nothing where it has little room itself", () => {
    const leases = [lease(0, "b"), lease(1, "b"), lease(2, "b")];
    expect(takesOf(viewOf(leases, [host("a"), host("b")], { hasRoomToSteal: false }))).toEqual([]);
  });

  it("does not steal to turn a difference of one around", () => {
    const leases = [lease(0, "a"), lease(1, "b"), lease(2, "b")];
    expect(takesOf(viewOf(leases, [host("a"), host("b")]))).toEqual([]);
  });

  it("never steals a shard that is in motion", () => {
    const moving = { epoch: 2, from: { host: "c", epoch: 1 } };
    const leases = [lease(0, "b", moving), lease(1, "b", moving)];
    expect(takesOf(viewOf(leases, [host("a"), host("b"), host("c")]))).toEqual([]);
  });

  it("takes nothing where it has no room", () => {
    expect(takesOf(viewOf(idle(4), [host("a")], { hasRoom: false }))).toEqual([]);
  });

  it("takes more than its share of shards that nobody took for a lease", () => {
    const hosts = [host("a"), host("b")];
    const sightings: Sightings = new Map(hosts.map(({ id, counter }) => [id, { counter, sinceMs: 9_000 }]));
    const idleSinceMs = new Map([0, 1, 2, 3].map(shard => [shard, 0]));
    expect(shardsOf(viewOf(idle(4), hosts, { sightings, idleSinceMs, nowMs: leaseDurationMs }))).toEqual([0, 1, 2, 3]);
  });

  it("keeps waiting for a host that still releases when the new owner died", () => {
    const from = { host: "c", epoch: 3 };
    const leases = [lease(0, "b", { epoch: 4, from })];
    const sightings: Sightings = new Map([
      ["b", { counter: 1, sinceMs: 0 }],
      ["c", { counter: 1, sinceMs: leaseDurationMs }],
    ]);
    const view = viewOf(leases, [host("a"), host("c")], { sightings, nowMs: leaseDurationMs });
    expect(takesOf(view)).toEqual([{ lease: leases[0], from, how: "idle" }]);
    const alsoDead = new Map([...sightings, ["c", { counter: 1, sinceMs: 0 }] as const]);
    expect(takesOf({ ...view, sightings: alsoDead })[0]?.from).toBeNull();
  });

  it("leaves alone what it is still releasing itself", () => {
    const leases = [lease(0, null, { epoch: 4, from: { host: "a", epoch: 3 } })];
    expect(takesOf(viewOf(leases, [host("a")]))).toEqual([]);
  });
});

/** A table and hosts that look at it in any order: what the rules promise whoever comes and goes. */
class World {
  readonly leases: Lease[];
  readonly hosts = new Map<string, HostRow>();
  readonly sightings = new Map<string, Sightings>();
  readonly held = new Map<string, Map<number, number>>();
  nowMs = 0;

  constructor(shards: number) {
    this.leases = Array.from({ length: shards }, (_, shard) => lease(shard, null));
  }

  start(id: string) {
    this.hosts.set(id, host(id, 0));
    this.held.set(id, new Map());
  }

  kill(id: string) {
    this.held.delete(id);
  }

  /** Everyone who lives renews, then looks, in the order given; two seconds pass. */
  round(order: readonly string[]) {
    this.nowMs += lookEveryMs;
    for (const id of this.held.keys()) {
      const row = this.hosts.get(id);
      if (row) this.hosts.set(id, { ...row, counter: row.counter + 1 });
    }
    for (const id of order.filter(one => this.held.has(one))) this.look(id);
  }

  private look(me: string) {
    const seen = { leases: structuredClone(this.leases), hosts: [...this.hosts.values()] };
    const sightings = sightAgain(this.sightings.get(me) ?? new Map(), seen, this.nowMs);
    this.sightings.set(me, sightings);
    this.release(me, seen.leases);
    const held = new Set(this.held.get(me)?.keys());
    const view = { me, ...seen, sightings, held, idleSinceMs: new Map(), ...room, nowMs: this.nowMs };
    expect(idleShards(view).every(shard => !held.has(shard))).toBe(true);
    for (const take of takesOf(view)) {
      const row = this.leases[take.lease.shard];
      if (row?.owner !== take.lease.owner || row.epoch !== take.lease.epoch) continue;
      this.leases[row.shard] = { shard: row.shard, owner: me, epoch: row.epoch + 1, from: take.from };
    }
    for (const row of this.leases) {
      const dead = row.from !== null && !isAlive(sightings, row.from.host, this.nowMs);
      if (row.owner === me && dead) this.leases[row.shard] = { ...row, from: null };
      if (row.owner === me && (row.from === null || dead)) this.hold(me, row);
    }
  }

  private release(me: string, seen: readonly Lease[]) {
    for (const row of seen) {
      if (row.owner === me) continue;
      this.held.get(me)?.delete(row.shard);
      if (row.from?.host === me) this.leases[row.shard] = { ...row, from: null };
    }
  }

  private hold(me: string, row: Lease) {
    for (const [other, shards] of this.held) {
      if (other !== me) expect(shards.has(row.shard), `${other} still holds ${row.shard}`).toBe(false);
    }
    this.held.get(me)?.set(row.shard, row.epoch);
  }
}

describe("the rules together", () => {
  const names = ["a", "b", "c", "d"];
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("round" as const), seed: fc.nat() }) },
    fc.record({ kind: fc.constant("start" as const), seed: fc.nat() }),
    fc.record({ kind: fc.constant("kill" as const), seed: fc.nat() }),
  );

  it("never let two living hosts hold one shard, and end with every shard held and no host two ahead of another", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 40 }), (shards, steps) => {
        const world = new World(shards);
        world.start("a");
        for (const { kind, seed } of steps) {
          const name = names[seed % names.length] ?? "a";
          if (kind === "start" && !world.held.has(name)) world.start(name);
          if (kind === "kill" && world.held.size > 1) world.kill(name);
          if (kind === "round") world.round(seed % 2 === 0 ? names : [...names].reverse());
        }
        for (let round = 0; round < 10 + shards * 4; round++) world.round(names);
        const counts = [...world.held.values()].map(held => held.size);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(shards);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });
});
