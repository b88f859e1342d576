import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../../domain/id.ts";
import type { Lease } from "../../../domain/lease/lease.ts";
import {
  dropLease,
  endHandover,
  findLease,
  markReleased,
  readLeases,
  releasedSessions,
  removeHost,
  renewHost,
  takeLease,
} from "../../../domain/lease/store.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

const renewal = () => ({ nowMs: Date.now(), signal: AbortSignal.timeout(5_000) });
const idle = (shard: number): Lease => ({ shard, owner: null, epoch: 0, from: null });

async function taken(shard: number, owner: string): Promise<Lease> {
  const lease = await takeLease(aws.db, owner, { lease: idle(shard), from: null, how: "idle" });
  if (lease === undefined) throw new Error(`shard ${shard} was taken already`);
  return lease;
}

describe("the lease table", () => {
  it("shows shards nobody ever took, and hosts with a counter that moves at every renewal", async () => {
    await renewHost(aws.db, { id: "a", sessions: 3, waiting: 0, load: 12, draining: false }, renewal());
    await renewHost(aws.db, { id: "a", sessions: 4, waiting: 1, load: 34, draining: true }, renewal());
    const { leases, hosts } = await readLeases(aws.db, 2);
    expect(leases).toEqual([idle(0), idle(1)]);
    expect(hosts).toEqual([{ id: "a", counter: 2, sessions: 4, waiting: 1, load: 34, draining: true }]);
    await removeHost(aws.db, { id: "a", counter: 1 });
    expect((await readLeases(aws.db, 0)).hosts).toHaveLength(1);
    await removeHost(aws.db, { id: "a", counter: 2 });
    expect((await readLeases(aws.db, 0)).hosts).toEqual([]);
  });

  it("gives a lease to exactly one of many who take it at once, and raises its epoch", async () => {
    const takers = ["a", "b", "c", "d", "e"];
    const take = { lease: idle(10), from: null, how: "idle" } as const;
    const got = await Promise.all(takers.map(taker => takeLease(aws.db, taker, take)));
    const winners = got.filter(lease => lease !== undefined);
    expect(winners).toHaveLength(1);
    expect(await findLease(aws.db, 10)).toEqual({ ...winners[0], epoch: 1 });
  });

  it("refuses a take of a lease that moved since it was read", async () => {
    const lease = await taken(11, "a");
    const stolen = await takeLease(aws.db, "b", { lease, from: { host: "a", epoch: 1 }, how: "steal" });
    expect(stolen).toEqual({ shard: 11, owner: "b", epoch: 2, from: { host: "a", epoch: 1 } });
    expect(await takeLease(aws.db, "c", { lease, from: null, how: "steal" })).toBeUndefined();
    expect(await dropLease(aws.db, "a", lease)).toBe(false);
  });

  it("lets a dropped lease be taken under the next epoch", async () => {
    const lease = await taken(12, "a");
    expect(await dropLease(aws.db, "a", lease)).toBe(true);
    const dropped = await findLease(aws.db, 12);
    expect(dropped).toEqual({ shard: 12, owner: null, epoch: 1, from: null });
    expect(await takeLease(aws.db, "b", { lease: dropped, from: null, how: "idle" })).toMatchObject({ epoch: 2 });
  });

  it("ends a hand-over only for the one who was releasing, once", async () => {
    const lease = await taken(13, "a");
    await takeLease(aws.db, "b", { lease, from: { host: "a", epoch: 1 }, how: "draining" });
    expect(await endHandover(aws.db, 13, { host: "a", epoch: 7 })).toBe(false);
    expect(await endHandover(aws.db, 13, { host: "a", epoch: 1 })).toBe(true);
    expect(await endHandover(aws.db, 13, { host: "a", epoch: 1 })).toBe(false);
    expect(await findLease(aws.db, 13)).toEqual({ shard: 13, owner: "b", epoch: 2, from: null });
  });

  it("keeps the marks of each hand-over apart", async () => {
    const session = { tenantId: newId("ten", 0), id: newId("ses", 0), shard: 14 };
    await markReleased(aws.db, session, 3, Date.now());
    const { tenantId, id: sessionId } = session;
    expect(await releasedSessions(aws.db, 14, 3)).toEqual([{ tenantId, sessionId }]);
    expect(await releasedSessions(aws.db, 14, 4)).toEqual([]);
  });
});
