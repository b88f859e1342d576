import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { type EventRow, unpublishedShards } from "../domain/event/log.ts";
import { type EventTopic, publishRow, republish } from "../domain/event/publisher.ts";
import type { Log } from "../domain/log.ts";

export interface EventOutletOptions {
  readonly topic: EventTopic;
  readonly db: Db<"events">;
  readonly now: Now;
  readonly log: Log;
}

const publishingMax = 32;
const waitingMax = 2_000;
/** Old enough that whoever wrote it has had its try, young enough to be made up for within half a minute. */
const republishOlderThanMs = 10_000;
const republishLimit = 50;

/**
 * Publishes events after they are in the log, without keeping their writers waiting. What fails, or finds the queue
 * full, is still marked unpublished in the log: `republishLeftovers` comes back for it.
 */
export class EventOutlet {
  readonly #options: EventOutletOptions;
  readonly #waiting: EventRow[] = [];
  #publishing = 0;
  #idle: (() => void)[] = [];

  constructor(options: EventOutletOptions) {
    this.#options = options;
  }

  publish(rows: readonly EventRow[]): void {
    for (const row of rows) {
      if (this.#waiting.length >= waitingMax) {
        this.#options.log.warn("event left for later, too many wait", { eventId: row.event.id });
        continue;
      }
      this.#waiting.push(row);
    }
    this.#go();
  }

  /** Publishes what was left behind in the partitions that belong to the shards this host holds. */
  async republishLeftovers(shards: ReadonlySet<number>, shardCount: number): Promise<void> {
    const { topic, db, now, log } = this.#options;
    const marks = Array.from({ length: unpublishedShards }, (_, mark) => mark);
    const own = marks.filter(mark => shards.has(mark % shardCount));
    const options = { olderThanMs: republishOlderThanMs, limit: republishLimit, now, marks: own };
    const published = await republish(topic, db, options);
    if (published > 0) log.info("events published again", { published });
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    if (this.#publishing === 0 && this.#waiting.length === 0) return;
    await new Promise<void>(resolve => this.#idle.push(resolve));
  }

  #go(): void {
    while (this.#publishing < publishingMax) {
      const row = this.#waiting.shift();
      if (row === undefined) break;
      this.#publishing++;
      void this.#publishOne(row);
    }
    if (this.#publishing === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #publishOne(row: EventRow): Promise<void> {
    const { topic, db, now, log } = this.#options;
    try {
      await publishRow(topic, db, row, now);
    } catch (error) {
      log.warn("event not published, it will be tried again", { eventId: row.event.id, type: row.event.type, error });
    }
    this.#publishing--;
    this.#go();
  }
}
