import { isoTime } from "../../../domain/clock.ts";
import { eventRow, nextEventSequence, sessionEvent } from "../../../domain/event/log.ts";
import { newOutboxRow, nextOutboxSequence, outboxHead } from "../../../domain/outbox/store.ts";
import { publicSession } from "../../../domain/session/public-session.ts";
import { type Session, statusesKept } from "../../../domain/session/session.ts";
import { stopSession } from "../../../domain/session/store.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { SessionBeingDeleted } from "./being-deleted.ts";
import type { SessionsContext } from "./context.ts";
import { sessionRoutes } from "./routes.ts";

export const deleteSession = ({ db, sessions, announcer }: SessionsContext) =>
  endpoint(sessionRoutes.deleteSession, async call => {
    const { nowMs, query } = call;
    const session = sessions.of(call);
    const erase = query.erase ?? false;
    const stopped = asStopped(session, nowMs);
    const shown = await publicSession(stopped);
    const row = newOutboxRow(session, "control", await nextOutboxSequence(db, session), isoTime(nowMs));
    const sequence = await nextEventSequence(db, session);
    const cause = { type: "session.status", cause: ["stopped"], data: shown } as const;
    const event = eventRow(sessionEvent(session, sequence, cause, nowMs), nowMs);
    const isFirst = await stopSession(db, session, { ...row, type: "session.unlink", erase }, event, nowMs);
    if (isFirst) await announcer.announce(session, { event, rings: true });
    else if (erase) await refuseLateErasure(db, session);
    return accepted(shown);
  });

function asStopped(session: Session, nowMs: number): Session {
  if (session.status === "stopped") return session;
  const statuses = [...session.statuses, { status: "stopped" as const, at: isoTime(nowMs) }].slice(-statusesKept);
  return { ...session, status: "stopped", statuses, qr: null };
}

/** Its owner may be deleting it this moment without erasing: a promise to erase now might not be kept. */
async function refuseLateErasure(db: SessionsContext["db"], session: Session): Promise<void> {
  const rows = await outboxHead(db, session, "control", 100);
  if (rows.some(row => row.type === "session.unlink" && row.erase)) return;
  throw new SessionBeingDeleted("The session is being deleted already, and its messages were to stay.");
}
