import { setTimeout as delay } from "node:timers/promises";
import { isoTime, type Now } from "../domain/clock.ts";
import { isConditionFailed } from "../domain/dynamodb/condition.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { Log } from "../domain/log.ts";
import type { FetchOutcome } from "../domain/message/fetch-store.ts";
import type { MediaFetch } from "../domain/outbox/outbox.ts";
import { mediaToFetch, postponeOutboxRow } from "../domain/outbox/store.ts";
import { backoffMs } from "./backoff.ts";
import { type FetchOptions, fetchFileOf } from "./fetch-media.ts";
import { type Hold, LeaseLost } from "./hold.ts";
import type { LiveSocket } from "./live-socket.ts";
import { persist } from "./persist.ts";
import { attemptBackoff, isExpired } from "./send-message.ts";
import type { SessionLedger } from "./session-ledger.ts";
import type { Slots } from "./slots.ts";

export interface MediaFetchesOptions extends Pick<FetchOptions, "files"> {
  readonly db: Db<"outbox">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  /** What all sessions of the host share: so many files at once. */
  readonly slots: Pick<Slots, "take">;
  /** Told when nothing is being fetched any more. */
  readonly idle: () => void;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
}

/** How long a message waits for its file before it is told of without. */
const announceAfterMs = 30_000;
/** Of one session; the others' files come in between. */
const atOnceMax = 2;
/** A file that comes broken this often is broken. */
const brokenMax = 5;
const longestTimerMs = 600_000;

/**
 * Fetches the files of a session's messages: each is a row of its outbox until the file is in the bucket, or will never
 * be, so that whoever owns the session next goes on. The rest of the session does not wait for it.
 *
 *     waiting ──a slot──▶ fetching ──stored──▶ ready
 *        ▲  │                 │  └──nobody has it──▶ expired     └──broken, too large──▶ failed
 *        │  └──30 s: told of as pending       │
 *        └────────────── postponed ◀──────────┘        a day without success: expired
 */
export class MediaFetches {
  readonly #options: MediaFetchesOptions;
  readonly #busy = new Map<string, Promise<void>>();
  #live: LiveSocket | undefined;
  #rung = false;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #ended = new AbortController();

  constructor(options: MediaFetchesOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#busy.size === 0 && this.#looking === undefined;
  }

  /** A socket to fetch by from now on. */
  use(live: LiveSocket): void {
    this.#live = live;
    this.ring();
  }

  /** There may be files to fetch. */
  ring(): void {
    this.#rung = true;
    if (this.#stopped || this.#looking !== undefined) return;
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#rung) this.ring();
      if (this.isIdle) this.#options.idle();
    });
  }

  /** Ends what is under way, leaving its rows to whoever comes next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#ended.abort();
    await this.#looking;
    await Promise.all(this.#busy.values());
  }

  /** Gives up all files: the session has no socket any more, and gets none. */
  async giveUp(): Promise<void> {
    this.#ended.abort();
    await this.#looking;
    await Promise.all(this.#busy.values());
    this.#ended = new AbortController();
    for await (const row of mediaToFetch(this.#options.db, this.#options.ledger.ref)) {
      await this.#end(row, { status: "failed" });
    }
  }

  async #look(): Promise<void> {
    while (this.#rung && !this.#stopped) {
      this.#rung = false;
      try {
        const soonestMs = await this.#lookOnce();
        clearTimeout(this.#timer);
        if (soonestMs < longestTimerMs) this.#timer = setTimeout(() => this.ring(), Math.max(0, soonestMs));
      } catch (error) {
        if (error instanceof LeaseLost) return;
        // The rows are still there; the next ring looks again.
        this.#options.log.warn("files not looked for, it will be tried again", { error });
      }
    }
  }

  /** Answers in how many milliseconds there will be something to do. */
  async #lookOnce(): Promise<number> {
    const { db, hold, ledger, now } = this.#options;
    let soonestMs = Number.POSITIVE_INFINITY;
    for await (const row of mediaToFetch(db, ledger.ref)) {
      hold.check();
      if (this.#stopped) return soonestMs;
      const nowMs = now();
      const announceInMs = Date.parse(row.acceptedAt) + announceAfterMs - nowMs;
      if (!row.announced && announceInMs <= 0) await ledger.announceFetch(row);
      if (!row.announced && announceInMs > 0) soonestMs = Math.min(soonestMs, announceInMs);
      if (this.#busy.has(row.key)) continue;
      const waitMs = row.notBefore === null ? 0 : Date.parse(row.notBefore) - nowMs;
      if (isExpired(row, nowMs)) await this.#end(row, { status: "expired" });
      else if (waitMs > 0) soonestMs = Math.min(soonestMs, waitMs);
      else if (this.#busy.size < atOnceMax) this.#begin(row);
      // Behind this one are younger ones: there is nothing to do for them either.
      else if (row.announced || announceInMs > 0) return soonestMs;
    }
    return soonestMs;
  }

  #begin(row: MediaFetch): void {
    const live = this.#live;
    if (live === undefined || live.gone.aborted) return;
    const done = this.#fetch(row, live, this.#ended.signal).finally(() => {
      this.#busy.delete(row.key);
      this.ring();
    });
    this.#busy.set(row.key, done);
  }

  async #fetch(row: MediaFetch, live: LiveSocket, ended: AbortSignal): Promise<void> {
    const { slots, files, hold, ledger, now, log } = this.#options;
    const signal = AbortSignal.any([ended, hold.signal]);
    const giveBack = await slots.take({ urgent: false, signal });
    const startedAtMs = now();
    try {
      signal.throwIfAborted();
      const outcome = await fetchFileOf(row, { socket: live.socket, files, ledger, signal, log });
      await this.#end(row, outcome);
      log.info("file fetched", { messageId: row.messageId, outcome: outcome.status, latencyMs: now() - startedAtMs });
    } catch (error) {
      if (!signal.aborted && !(error instanceof LeaseLost)) await this.#postpone(row, error);
    } finally {
      giveBack();
    }
  }

  async #end(row: MediaFetch, outcome: FetchOutcome): Promise<void> {
    const { ledger, hold, log, random } = this.#options;
    await persist("file of a message", () => ledger.endFetch(row, outcome), { signal: hold.signal, log, random });
  }

  async #postpone(row: MediaFetch, error: unknown): Promise<void> {
    const { db, now, random, log } = this.#options;
    const attempts = row.attempts + 1;
    const isBroken = error instanceof Error && "code" in error && error.code === "media_broken";
    log.warn("file not fetched", { messageId: row.messageId, attempts, error });
    try {
      if (isBroken && attempts >= brokenMax) return await this.#end(row, { status: "failed" });
      await postponeOutboxRow(db, row, isoTime(now() + backoffMs(attempts, attemptBackoff, random)));
    } catch (cause) {
      if (isConditionFailed(cause) || cause instanceof LeaseLost || this.#ended.signal.aborted) return;
      // Without a pause the same row would come again at once.
      log.warn("file not postponed", { messageId: row.messageId, error: cause });
      await delay(pauseAfterFailureMs, undefined, { signal: this.#ended.signal }).catch(() => undefined);
    }
  }
}

const pauseAfterFailureMs = 2_000;
