import { isoTime } from "../clock.ts";
import type { Db } from "../dynamodb/db.ts";
import { type EventRow, eventRow, sessionEvent } from "../event/log.ts";
import { newOutboxRow } from "../outbox/store.ts";
import { publicSession } from "./public-session.ts";
import { nextSequence } from "./sequence.ts";
import { type Session, statusesKept } from "./session.ts";
import { stopSession } from "./store.ts";

/** A session whose end has begun. */
export interface Unlinking {
  readonly session: Session;
  /** False where it had begun before: nothing was written now. */
  readonly isFirst: boolean;
  readonly event: EventRow;
}

/**
 * Begins the end of a session: it is stopped, and its owner is told to unlink it and erase its keys, with its history
 * where `erase` says so.
 */
export async function unlinkSession(
  db: Db<"sessions" | "outbox" | "events">,
  session: Session,
  erase: boolean,
  nowMs: number,
): Promise<Unlinking> {
  const stopped = asStopped(session, nowMs);
  const data = await publicSession(stopped);
  const sequence = await nextSequence(db, session);
  const row = newOutboxRow(session, "control", sequence, isoTime(nowMs));
  const cause = { type: "session.status", cause: ["stopped"], data } as const;
  const event = eventRow(sessionEvent(session, sequence, cause, nowMs), nowMs);
  const isFirst = await stopSession(db, session, { ...row, type: "session.unlink", erase }, event, nowMs);
  return { session: stopped, isFirst, event };
}

function asStopped(session: Session, nowMs: number): Session {
  if (session.status === "stopped") return session;
  const statuses = [...session.statuses, { status: "stopped" as const, at: isoTime(nowMs) }].slice(-statusesKept);
  return { ...session, status: "stopped", statuses, qr: null };
}
