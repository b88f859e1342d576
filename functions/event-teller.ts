import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { EventRow } from "../domain/event/log.ts";
import { type EventTopic, publishRow } from "../domain/event/publisher.ts";
import type { Log } from "../domain/log.ts";

export interface EventTeller {
  /**
   * Publishes events that stand in the log already. Never fails: what could not be published is found unpublished and
   * published within a minute.
   */
  tell(rows: readonly EventRow[]): Promise<void>;
}

export interface EventTellerOptions {
  readonly db: Db<"events">;
  readonly topic: EventTopic;
  readonly now: Now;
  readonly log: Log;
}

export function eventTeller({ db, topic, now, log }: EventTellerOptions): EventTeller {
  return {
    async tell(rows) {
      const told = await Promise.allSettled(rows.map(row => publishRow(topic, db, row, now)));
      for (const [position, result] of told.entries()) {
        if (result.status === "fulfilled") continue;
        const { id: eventId, tenantId } = rows[position]?.event ?? {};
        log.warn("event not published yet", { error: result.reason, tenantId, eventId });
      }
    },
  };
}
