import type { Lease } from "../domain/lease/lease.ts";
import { dropLease, endHandover, findLease } from "../domain/lease/store.ts";
import { sessionsWithWork } from "../domain/outbox/store.ts";
import type { SessionRef } from "../domain/session/session.ts";
import { sessionsOfShard } from "../domain/session/store.ts";
import { awaitReleases, ReleasePace, releaseSessions } from "./hand-over.ts";
import { HeldSession, type SessionHost } from "./held-session.ts";
import { Hold } from "./hold.ts";
import type { HostParts } from "./host-parts.ts";
import type { ShardHolder } from "./lease-taker.ts";
import { persist } from "./persist.ts";
import { RecentlyTurnedAway } from "./recently-turned-away.ts";

export interface HostOptions {
  readonly hostId: string;
  readonly sessionsMax: number;
  readonly parts: HostParts;
  /** Whether this host's renewals are recent. */
  isFresh(): boolean;
  /** Begins and ends listening at a shard's queue. */
  readonly consumer: { listen(shard: number): void; ignore(shard: number): void };
}

interface HeldShard {
  readonly hold: Hold;
  readonly sessions: Map<string, HeldSession>;
  /** `arriving`: an earlier owner still closes some of its sessions. `leaving`: the next one waits for ours. */
  state: "held" | "arriving" | "leaving";
  /** Aborts when the old owner has nothing left. */
  readonly arrived: AbortController;
  /** The sessions that the old owner has released so far. */
  readonly released: Set<string>;
}

/** A host fuller than this takes no shard from a living one: it would soon have to give it back. */
const stealBelow = 0.8;

/** The sessions this host holds now, shard by shard. */
export class Host implements ShardHolder, SessionHost {
  readonly #options: HostOptions;
  readonly #shards = new Map<number, HeldShard>();
  /** What is still being closed of a shard that was lost: two sockets of one session would fight. */
  readonly #letGo = new Map<number, Promise<unknown>>();
  readonly #background = new Set<Promise<unknown>>();
  /** Sessions that found no room since the last sweep but one. */
  #turnedAway: RecentlyTurnedAway = new RecentlyTurnedAway();
  readonly #pace: ReleasePace;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#pace = new ReleasePace(options.parts.monotonic);
  }

  get heldShards(): ReadonlySet<number> {
    return new Set(this.#shards.keys());
  }

  get sessions(): HeldSession[] {
    return [...this.#shards.values()].flatMap(shard => [...shard.sessions.values()]);
  }

  /** How many shards and sessions, the sessions by what their connections are at. */
  report(): { shards: number; sessions: Record<string, number> } {
    const sessions: Record<string, number> = {};
    for (const { phase } of this.sessions) sessions[phase] = (sessions[phase] ?? 0) + 1;
    return { shards: this.#shards.size, sessions };
  }

  holdOf(shard: number): Hold | undefined {
    return this.#shards.get(shard)?.hold;
  }

  hasRoom(): boolean {
    return this.connections < this.#options.sessionsMax;
  }

  hasRoomToSteal(): boolean {
    return this.connections < this.#options.sessionsMax * stealBelow;
  }

  /** Sessions of its shards that found no room of late; each asks again with every sweep. */
  get waiting(): number {
    return this.#turnedAway.size;
  }

  get connections(): number {
    return this.sessions.filter(session => session.wantsRoom).length;
  }

  admits(session: HeldSession): boolean {
    const admitted = this.hasRoom();
    if (admitted) this.#turnedAway.delete(session.ref.id);
    else this.#turnedAway.add(session.ref.id);
    return admitted;
  }

  async confirmLease(hold: Hold): Promise<boolean> {
    const lease = await findLease(this.#options.parts.db, hold.shard);
    return hold.held && lease.owner === this.#options.hostId && lease.epoch === hold.epoch;
  }

  ended(session: HeldSession): void {
    const shard = this.#shards.get(session.ref.shard);
    if (shard?.sessions.get(session.ref.id) === session) shard.sessions.delete(session.ref.id);
  }

  taken(lease: Lease): void {
    const hold = new Hold(lease.shard, lease.epoch, () => this.#options.isFresh());
    const shard: HeldShard = {
      hold,
      sessions: new Map(),
      state: "arriving",
      arrived: new AbortController(),
      released: new Set(),
    };
    this.#shards.set(lease.shard, shard);
    this.#options.consumer.listen(lease.shard);
    if (lease.from === null) this.#inBackground("open shard", this.#open(shard));
    else this.#inBackground("await hand-over", this.#arrive(shard, lease.from));
  }

  arrived(number: number): void {
    this.#shards.get(number)?.arrived.abort();
  }

  release(hold: Hold): void {
    const shard = this.#shards.get(hold.shard);
    if (shard === undefined || shard.state === "leaving") return;
    shard.state = "leaving";
    this.#options.consumer.ignore(hold.shard);
    this.#inBackground("release shard", this.#handOver(shard));
  }

  lost(hold: Hold): void {
    const shard = this.#shards.get(hold.shard);
    if (shard?.hold !== hold) return;
    this.#options.parts.log.warn("shard lost", { shard: hold.shard, epoch: hold.epoch, sessions: shard.sessions.size });
    hold.lose();
    this.#shards.delete(hold.shard);
    this.#options.consumer.ignore(hold.shard);
    const closing = Promise.allSettled([...shard.sessions.values()].map(session => session.release()));
    this.#letGo.set(hold.shard, closing);
    this.#inBackground("close shard", closing);
  }

  /** Lets everything go at once, without a word to anybody: the renewals are too old to count on. */
  fence(): void {
    for (const { hold } of [...this.#shards.values()]) this.lost(hold);
  }

  /** Somebody rang for a session. Sessions of shards that are not held, or not yet, are left to their owner. */
  ring(shard: number, session: { tenantId: SessionRef["tenantId"]; sessionId: SessionRef["id"] }): void {
    const held = this.#shards.get(shard);
    if (held === undefined || !held.hold.held) return;
    const known = held.sessions.get(session.sessionId);
    if (known !== undefined) {
      known.ring();
      return;
    }
    if (held.state === "leaving" || (held.state === "arriving" && !held.released.has(session.sessionId))) return;
    const ref: SessionRef = { tenantId: session.tenantId, id: session.sessionId, shard };
    const fresh = new HeldSession(this.#options.parts, this, ref, held.hold);
    held.sessions.set(ref.id, fresh);
    fresh.ring();
  }

  /** Rings for everything that may wait: what makes up for lost doorbells, and what starts sessions just created. */
  async sweep(signal: AbortSignal): Promise<void> {
    this.#turnedAway.nextSweep();
    for (const shard of [...this.#shards.values()]) {
      if (signal.aborted) return;
      if (shard.state !== "leaving" && shard.hold.held) await this.#ringAll(shard);
    }
  }

  /** How many shards are being handed over. */
  get leaving(): number {
    return [...this.#shards.values()].filter(shard => shard.state === "leaving").length;
  }

  startDraining(): void {
    this.#pace.draining = true;
  }

  /** Closes what is still held and gives its leases back, where nobody is there to hand it over to. */
  async closeAll(): Promise<void> {
    const shards = [...this.#shards.values()].filter(shard => shard.state !== "leaving");
    await Promise.all(
      shards.map(async ({ hold, sessions }) => {
        this.#options.consumer.ignore(hold.shard);
        await Promise.all([...sessions.values()].map(session => session.release()));
        this.#shards.delete(hold.shard);
        const wasHeld = hold.held;
        hold.lose();
        if (wasHeld) await this.#drop(hold);
      }),
    );
  }

  async #drop(hold: Hold): Promise<void> {
    const { hostId, parts } = this.#options;
    try {
      await dropLease(parts.db, hostId, hold);
    } catch (error) {
      // It lapses by itself in the length of a lease; the other shards still have to be closed.
      parts.log.warn("lease not given back", { shard: hold.shard, error });
    }
  }

  /** Resolves when nothing that was begun in the background is left. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  async #open(shard: HeldShard): Promise<void> {
    const { log, random } = this.#options.parts;
    await this.#letGo.get(shard.hold.shard);
    this.#letGo.delete(shard.hold.shard);
    if (!shard.hold.held || shard.state !== "arriving") return;
    shard.state = "held";
    await persist("sessions of shard", () => this.#ringAll(shard), { signal: shard.hold.signal, log, random });
  }

  async #ringAll({ hold }: HeldShard): Promise<void> {
    const { db } = this.#options.parts;
    for await (const session of sessionsOfShard(db, hold.shard)) {
      // One that has its connection is read only when it has work: most sessions, most of the time, have none.
      if (this.#shards.get(hold.shard)?.sessions.get(session.sessionId)?.wantsRoom === true) continue;
      this.ring(hold.shard, session);
    }
    for await (const session of sessionsWithWork(db, hold.shard)) this.ring(hold.shard, session);
  }

  async #arrive(shard: HeldShard, from: NonNullable<Lease["from"]>): Promise<void> {
    const { db, log } = this.#options.parts;
    await awaitReleases(db, shard.hold, from, {
      over: shard.arrived.signal,
      opened: session => {
        shard.released.add(session.sessionId);
        this.ring(shard.hold.shard, session);
      },
      failed: error => log.warn("hand-over not read, it will be tried again", { shard: shard.hold.shard, error }),
    });
    await this.#open(shard);
  }

  async #handOver(shard: HeldShard): Promise<void> {
    const { hostId, parts } = this.#options;
    const { hold, sessions } = shard;
    const { db, now, log, random } = parts;
    log.info("shard hand-over begins", { shard: hold.shard, epoch: hold.epoch, sessions: sessions.size });
    const released = new Set<HeldSession>();
    const left = () => [...sessions.values()].filter(session => !released.has(session) && released.add(session));
    try {
      await releaseSessions(db, hold, { sessions: left, pace: this.#pace, now, log, random });
    } finally {
      hold.lose();
      if (this.#shards.get(hold.shard) === shard) this.#shards.delete(hold.shard);
    }
    // Where this fails, the next look finds a hand-over from this host of which it holds nothing, and ends it.
    await endHandover(db, hold.shard, { host: hostId, epoch: hold.epoch });
    log.info("shard handed over", { shard: hold.shard, epoch: hold.epoch, sessions: released.size });
  }

  #inBackground(what: string, work: Promise<unknown>): void {
    const { log } = this.#options.parts;
    const done = work.catch((error: unknown) => {
      // Ends by the hold being lost are how these end; anything else is found again by the next look or sweep.
      if (!(error instanceof Error && error.name === "LeaseLost") && !isAbort(error))
        log.warn(`${what} failed`, { error });
    });
    this.#background.add(done);
    void done.finally(() => this.#background.delete(done));
  }
}

const isAbort = (error: unknown) => error instanceof Error && error.name === "AbortError";
