import type { Now } from "../../domain/clock.ts";
import type { Doorbell } from "../../domain/command/doorbell.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { EventRow } from "../../domain/event/log.ts";
import { type EventTopic, publishRow } from "../../domain/event/publisher.ts";
import type { Log } from "../../domain/log.ts";
import type { SessionRef } from "../../domain/session/session.ts";

/** Tells the rest of the system of a change that is already stored. */
export interface Announcer {
  /** Publishes the change's event and rings for its session, both at once. Never fails. */
  announce(session: SessionRef, change: { readonly event?: EventRow; readonly rings: boolean }): Promise<void>;
}

export interface AnnouncerOptions {
  readonly db: Db<"events">;
  readonly topic: EventTopic;
  readonly doorbell: Doorbell;
  readonly now: Now;
  readonly log: Log;
}

/**
 * What is stored is accepted, whatever happens to the telling of it: the event is published again within a minute by
 * whoever finds it unpublished, and the session's owner looks into its outbox by itself.
 */
export function announcer({ db, topic, doorbell, now, log }: AnnouncerOptions): Announcer {
  return {
    async announce({ id: sessionId, tenantId, shard }, { event, rings }) {
      const published = event === undefined ? undefined : publishRow(topic, db, event, now);
      const rung = rings ? doorbell.ring(shard, { type: "session.work", tenantId, sessionId }) : undefined;
      const trace = { tenantId, sessionId };
      const [publishing, ringing] = await Promise.allSettled([published, rung]);
      if (publishing.status === "rejected") log.warn("event not published yet", { error: publishing.reason, ...trace });
      if (ringing.status === "rejected") log.warn("doorbell not rung", { error: ringing.reason, ...trace });
    },
  };
}
