import type { Db } from "../domain/dynamodb/db.ts";
import type { EventType, WasaasEvent } from "../domain/event/event.ts";
import { type EventRow, eventRow, sessionEvent } from "../domain/event/log.ts";
import { nextSequence } from "../domain/session/sequence.ts";
import type { Session } from "../domain/session/session.ts";
import type { Hold } from "./hold.ts";
import type { RecentSession } from "./recent-session.ts";

/** Makes the next event of a held session; whoever asks writes it before the one after it is asked for. */
export class NextEvent {
  readonly #db: Db<"sessions">;
  readonly #session: RecentSession;
  readonly #hold: Hold;

  constructor(db: Db<"sessions">, session: RecentSession, hold: Hold) {
    this.#db = db;
    this.#session = session;
    this.#hold = hold;
  }

  /** Of the session itself: what it says happens once, so its sequence under this epoch is its cause. */
  async ofState(session: Session, type: EventType, data: WasaasEvent["data"], nowMs: number): Promise<EventRow> {
    const sequence = await nextSequence(this.#db, session);
    const cause = [String(this.#hold.epoch), String(sequence)];
    return eventRow(sessionEvent(session, sequence, { type, cause, data }, nowMs), nowMs);
  }

  /** Of something in the session, under the same id whenever it is said again; `gone` where the session is. */
  async of(type: EventType, data: WasaasEvent["data"], cause: string[], nowMs: number): Promise<EventRow | "gone"> {
    const session = await this.#session.recent();
    if (session === undefined) return "gone";
    const sequence = await nextSequence(this.#db, session);
    return eventRow(sessionEvent(session, sequence, { type, cause, data }, nowMs), nowMs);
  }
}
