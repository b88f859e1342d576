import { isoTime, type Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { Log } from "../domain/log.ts";
import type { SessionRef } from "../domain/session/session.ts";
import { noteInbound } from "../domain/session/store.ts";

interface LastInboundOptions {
  readonly db: Db<"sessions">;
  readonly ref: SessionRef;
  readonly now: Now;
  readonly monotonic: () => number;
  readonly log: Log;
}

/** `lastInboundAt` is written at most this often: for messages and receipts, and for bare signs of life. */
const trafficEveryMs = 60_000;
const lifeEveryMs = 300_000;

/** Notes when a session last heard something, now and then. */
export class LastInbound {
  readonly #options: LastInboundOptions;
  #notedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: LastInboundOptions) {
    this.#options = options;
  }

  /** A message, a receipt or an acknowledgement came. */
  traffic(): void {
    this.#note(trafficEveryMs);
  }

  /** Bytes came. */
  life(): void {
    this.#note(lifeEveryMs);
  }

  #note(everyMs: number): void {
    const { db, ref, now, monotonic, log } = this.#options;
    const nowMs = monotonic();
    if (nowMs - this.#notedAtMs < everyMs) return;
    this.#notedAtMs = nowMs;
    void noteInbound(db, ref, isoTime(now())).catch(error => log.warn("inbound time not noted", { error }));
  }
}
