import { createHash } from "node:crypto";
import * as z from "zod";

/**
 * Who holds which shard. The words are the Kinesis Client Library's: take, renew, drop, steal. A lease has no time in
 * it: it lives for as long as its owner's counter moves, and every host judges that with its own monotonic clock, so
 * clocks are never compared.
 *
 *             take (conditional on owner and epoch read, epoch + 1)
 *     idle ───────────────────────────────────────────────────────▶ held ──renew──▶ held
 *      ▲ ▲                                                           │ │
 *      │ └──────────── drop (its owner leaves) ──────────────────────┘ │ steal: owner = the new one, epoch + 1,
 *      │                                                               ▼        from = the old one
 *      └── the owner's counter stood still for a lease ─────────── in motion ── the old one has released all its
 *                                                                               sessions, or is dead ──▶ held
 */
export const leaseDurationMs = 9_000;
export const renewEveryMs = 2_000;
export const lookEveryMs = 2_000;
/** A host whose last renewal began longer ago than this has stopped sending: well before anyone may take from it. */
export const fenceAfterMs = (leaseDurationMs * 3) / 4;
/** A host row that stood still for this long is taken away: its host is dead, and its leases have other owners. */
export const forgetHostAfterMs = 60_000;

/** Who still releases sessions of a lease in motion, and the epoch it held them under. */
const LeaseSource = z.object({ host: z.string(), epoch: z.int().min(1) });

/** The lease of a shard. Epoch 0 is a lease that was never taken: it has no row. */
export const Lease = z.object({
  shard: z.int().min(0),
  owner: z.string().nullable(),
  epoch: z.int().min(0),
  from: LeaseSource.nullable(),
});
export type Lease = z.infer<typeof Lease>;

/** What a host says of itself every two seconds. */
export const HostRow = z.object({
  id: z.string().min(1),
  counter: z.int(),
  sessions: z.int().min(0),
  /** Sessions of its shards that it has no room for: others with room may take shards from it. */
  waiting: z.int().min(0).default(0),
  /** How much of its processor it used lately, in percent. */
  load: z.int().min(0).default(0),
  draining: z.boolean(),
});
export type HostRow = z.infer<typeof HostRow>;

/** A host's counter, and the time on the observer's monotonic clock at which it was first seen to have this value. */
interface Sighting {
  readonly counter: number | null;
  readonly sinceMs: number;
}
export type Sightings = ReadonlyMap<string, Sighting>;

/**
 * What an observer knows after reading the table. `nowMs` is read after the answer came: a counter that moved while
 * the answer was under way then counts from later, which can only delay a take.
 */
export function sightAgain(
  before: Sightings,
  seen: { leases: readonly Lease[]; hosts: readonly HostRow[] },
  nowMs: number,
): Sightings {
  const counters = new Map<string, number | null>();
  for (const lease of seen.leases) {
    if (lease.owner !== null) counters.set(lease.owner, null);
    if (lease.from !== null) counters.set(lease.from.host, null);
  }
  for (const host of seen.hosts) counters.set(host.id, host.counter);
  const after = new Map<string, Sighting>();
  for (const [id, counter] of counters) {
    const known = before.get(id);
    after.set(id, known !== undefined && known.counter === counter ? known : { counter, sinceMs: nowMs });
  }
  return after;
}

/** Whether a host may still hold what it owns: its counter moved within the length of a lease. */
export function isAlive(sightings: Sightings, id: string, nowMs: number): boolean {
  const sighting = sightings.get(id);
  return sighting !== undefined && nowMs - sighting.sinceMs < leaseDurationMs;
}

export interface LeaseView {
  readonly me: string;
  /** Every shard, those without a row included (owner null, epoch 0). */
  readonly leases: readonly Lease[];
  readonly hosts: readonly HostRow[];
  readonly sightings: Sightings;
  /** The shards this host holds in memory; a lease in its name that it does not hold is idle. */
  readonly held: ReadonlySet<number>;
  /** When each idle shard was first seen idle, on the observer's monotonic clock. */
  readonly idleSinceMs: ReadonlyMap<number, number>;
  readonly hasRoom: boolean;
  /** Whether there is so much room that a shard may be taken from a host that lives: less, and shards would go to and fro. */
  readonly hasRoomToSteal: boolean;
  readonly nowMs: number;
}

/** A lease to take, and who releases its sessions first. */
export interface Take {
  readonly lease: Lease;
  readonly from: Lease["from"];
  readonly how: "idle" | "draining" | "steal";
}

/**
 * What a host takes after one look, up to its fair share of the shards over the hosts that live and stay: idle shards
 * first, then those of hosts that drain, and only when there are none of either one stolen shard at a time, from the
 * host that has sessions it cannot serve, or else that holds the most. A shard that stays idle for the length of a lease goes to anyone with room.
 */
export function takesOf(view: LeaseView): Take[] {
  if (!view.hasRoom) return [];
  const staying = stayingHosts(view);
  const share = Math.ceil(view.leases.length / staying.size);
  const mine = view.leases.filter(lease => isMine(view, lease)).length;
  const takeable = inOwnOrder(view).filter(lease => lease.from?.host !== view.me);
  const idle = takeable.filter(lease => isIdle(view, lease));
  const wanted = Math.max(0, share - mine);
  const overdue = idle.slice(wanted).filter(lease => isOverdue(view, lease));
  const takes: Take[] = [...idle.slice(0, wanted), ...overdue].map(lease => takeIdle(view, lease));
  const leaving = takeable.filter(lease => isLeaving(view, lease, staying));
  takes.push(...leaving.slice(0, Math.max(0, wanted - takes.length)).map(lease => takeOver(lease, "draining")));
  if (takes.length > 0 || idle.length > 0 || leaving.length > 0) return takes;
  const stolen = leaseToSteal(view, staying, mine);
  return stolen === undefined ? [] : [takeOver(stolen, "steal")];
}

/** The shards nobody holds: never taken, dropped, of a dead owner, or in this host's name without its knowing. */
export function idleShards(view: Omit<LeaseView, "idleSinceMs" | "hasRoom" | "hasRoomToSteal">): number[] {
  return view.leases.filter(lease => isIdle(view, lease)).map(lease => lease.shard);
}

/** Host rows whose hosts are long dead, to be taken out of the table. */
export function deadHosts(view: Pick<LeaseView, "hosts" | "sightings" | "nowMs">): HostRow[] {
  return view.hosts.filter(host => {
    const sighting = view.sightings.get(host.id);
    return sighting !== undefined && view.nowMs - sighting.sinceMs >= forgetHostAfterMs;
  });
}

type Sides = Pick<LeaseView, "me" | "held" | "sightings" | "nowMs">;

function isMine(view: Sides, lease: Lease): boolean {
  return lease.owner === view.me && view.held.has(lease.shard);
}

function isIdle(view: Sides, lease: Lease): boolean {
  if (lease.owner === null) return true;
  if (lease.owner === view.me) return !view.held.has(lease.shard);
  return !isAlive(view.sightings, lease.owner, view.nowMs);
}

function isOverdue(view: LeaseView, lease: Lease): boolean {
  const sinceMs = view.idleSinceMs.get(lease.shard);
  return sinceMs !== undefined && view.nowMs - sinceMs >= leaseDurationMs;
}

function stayingHosts(view: LeaseView): Set<string> {
  const staying = view.hosts.filter(host => !host.draining && isAlive(view.sightings, host.id, view.nowMs));
  return new Set([view.me, ...staying.map(host => host.id)]);
}

function isLeaving(view: LeaseView, lease: Lease, staying: ReadonlySet<string>): boolean {
  if (lease.from !== null || lease.owner === null || isIdle(view, lease)) return false;
  return !staying.has(lease.owner) && view.hosts.some(host => host.id === lease.owner && host.draining);
}

/** An idle lease keeps the host that is still releasing its sessions, if that one lives. */
function takeIdle(view: LeaseView, lease: Lease): Take {
  const releasing = lease.from !== null && isAlive(view.sightings, lease.from.host, view.nowMs);
  return { lease, from: releasing ? lease.from : null, how: "idle" };
}

function takeOver(lease: Lease, how: "draining" | "steal"): Take {
  return { lease, from: lease.owner === null ? null : { host: lease.owner, epoch: lease.epoch }, how };
}

/**
 * One lease of a host that is full, with sessions unserved; else one of the richest host, if moving it brings the two
 * closer (a difference of two or more). Not while another is still on its way here: balancing must never cost more
 * than one shard's sessions a pause at a time.
 */
function leaseToSteal(view: LeaseView, staying: ReadonlySet<string>, mine: number): Lease | undefined {
  if (!view.hasRoomToSteal) return undefined;
  const arriving = view.leases.some(lease => lease.owner === view.me && lease.from !== null);
  if (arriving) return undefined;
  const held = new Map<string, number>();
  for (const { owner } of view.leases) {
    if (owner !== null && owner !== view.me && staying.has(owner)) held.set(owner, (held.get(owner) ?? 0) + 1);
  }
  const full = view.hosts.find(host => host.waiting > 0 && (held.get(host.id) ?? 0) > 1);
  const [richest, most] = full ? [full.id, Infinity] : [...held].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  if (most - mine < 2) return undefined;
  return inOwnOrder(view).find(lease => lease.owner === richest && lease.from === null);
}

/** The leases from a place that differs by host, so that two that look at the same moment reach for different ones. */
function inOwnOrder(view: Pick<LeaseView, "me" | "leases">): Lease[] {
  const start = createHash("sha256").update(view.me).digest().readUInt32BE(0) % Math.max(1, view.leases.length);
  return [...view.leases.slice(start), ...view.leases.slice(0, start)];
}
