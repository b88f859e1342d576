import type { Db } from "../domain/dynamodb/db.ts";
import {
  deadHosts,
  type HostRow,
  idleShards,
  isAlive,
  type Lease,
  lookEveryMs,
  type Sightings,
  sightAgain,
  type Take,
  takesOf,
} from "../domain/lease/lease.ts";
import { endHandover, readLeases, removeHost, takeLease } from "../domain/lease/store.ts";
import type { Log } from "../domain/log.ts";
import type { Hold } from "./hold.ts";
import { Loop } from "./loop.ts";

/** What the taker needs of the host: what is held, and what becomes of it. */
export interface ShardHolder {
  holdOf(shard: number): Hold | undefined;
  readonly heldShards: ReadonlySet<number>;
  hasRoom(): boolean;
  /** Whether there is room to spare, so that a shard of a living host may come here. */
  hasRoomToSteal(): boolean;
  /** A lease was taken; `from` still releases its sessions, if anybody. */
  taken(lease: Lease): void;
  /** The old owner of a shard taken earlier has released everything, or is dead. */
  arrived(shard: number): void;
  /** Another host is the owner now and waits for its sessions, one by one. */
  release(hold: Hold): void;
  /** Another host took the shard: nothing of it may be touched any more. */
  lost(hold: Hold): void;
}

export interface LeaseTakerOptions {
  readonly db: Db<"leases">;
  readonly hostId: string;
  readonly shardCount: number;
  readonly holder: ShardHolder;
  readonly monotonic: () => number;
  readonly log: Log;
  /** Whether this host's own renewals are recent: one that may be dead to the others takes nothing. */
  isFresh(): boolean;
}

const readTimeoutMs = 5_000;

/** Looks at the leases every two seconds: lets go what others took, hands over what they asked for, takes its share. */
export class LeaseTaker {
  readonly #options: LeaseTakerOptions;
  readonly loop: Loop;
  #sightings: Sightings = new Map();
  #idleSinceMs = new Map<number, number>();
  #staying: readonly HostRow[] = [];
  #takes = true;

  constructor(options: LeaseTakerOptions) {
    this.#options = options;
    const { log, monotonic } = options;
    this.loop = new Loop({
      name: "look",
      everyMs: lookEveryMs,
      log,
      monotonic,
      turn: signal => this.look(AbortSignal.any([signal, AbortSignal.timeout(readTimeoutMs)])),
    });
  }

  /** From now on it takes nothing more, and only lets go. */
  stopTaking(): void {
    this.#takes = false;
  }

  /** The other hosts that live and stay, as last seen. */
  get staying(): readonly HostRow[] {
    return this.#staying;
  }

  async look(signal: AbortSignal): Promise<void> {
    const { db, hostId, shardCount, holder, monotonic } = this.#options;
    if (!this.#options.isFresh()) return;
    const seen = await readLeases(db, shardCount, signal);
    const nowMs = monotonic();
    this.#sightings = sightAgain(this.#sightings, seen, nowMs);
    const others = seen.hosts.filter(host => host.id !== hostId && !host.draining);
    this.#staying = others.filter(host => isAlive(this.#sightings, host.id, nowMs));
    await Promise.all(seen.leases.map(lease => this.#reconcile(lease, nowMs)));
    const view = { me: hostId, ...seen, sightings: this.#sightings, held: holder.heldShards, nowMs };
    this.#idleSinceMs = new Map(idleShards(view).map(shard => [shard, this.#idleSinceMs.get(shard) ?? nowMs]));
    await Promise.all(deadHosts(view).map(host => removeHost(db, host)));
    if (!this.#takes) return;
    const room = { hasRoom: holder.hasRoom(), hasRoomToSteal: holder.hasRoomToSteal() };
    const takes = takesOf({ ...view, idleSinceMs: this.#idleSinceMs, ...room });
    await Promise.all(takes.map(take => this.#take(take)));
  }

  /** Compares one lease as it stands with what this host believes to hold. */
  async #reconcile(lease: Lease, nowMs: number): Promise<void> {
    const { db, hostId, holder } = this.#options;
    const hold = holder.holdOf(lease.shard);
    if (hold !== undefined && lease.owner === hostId && lease.epoch === hold.epoch) {
      if (lease.from === null) return holder.arrived(lease.shard);
      if (isAlive(this.#sightings, lease.from.host, nowMs)) return;
      if (await endHandover(db, lease.shard, lease.from)) holder.arrived(lease.shard);
      return;
    }
    if (lease.from?.host === hostId) {
      if (hold?.epoch === lease.from.epoch) return holder.release(hold);
      await endHandover(db, lease.shard, lease.from);
    }
    // A read that began before a take of our own shows the lease as it was: an older epoch takes nothing from us.
    if (hold !== undefined && lease.epoch >= hold.epoch) holder.lost(hold);
  }

  async #take(take: Take): Promise<void> {
    const { db, hostId, holder, log } = this.#options;
    const taken = await takeLease(db, hostId, take);
    if (taken === undefined) return;
    log.info("lease taken", { shard: taken.shard, epoch: taken.epoch, how: take.how, from: take.from?.host });
    holder.taken(taken);
  }
}
