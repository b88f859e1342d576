import { outboxHead } from "../../../domain/outbox/store.ts";
import { publicSession } from "../../../domain/session/public-session.ts";
import type { Session } from "../../../domain/session/session.ts";
import { unlinkSession } from "../../../domain/session/unlink.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { SessionBeingDeleted } from "./being-deleted.ts";
import type { SessionsContext } from "./context.ts";
import { sessionRoutes } from "./routes.ts";

export const deleteSession = ({ db, sessions, announcer }: SessionsContext) =>
  endpoint(sessionRoutes.deleteSession, async call => {
    const { erase = false } = call.query;
    const session = sessions.of(call);
    const unlinking = await unlinkSession(db, session, erase, call.nowMs);
    if (unlinking.isFirst) await announcer.announce(session, { event: unlinking.event, rings: true });
    else if (erase) await refuseLateErasure(db, session);
    return accepted(await publicSession(unlinking.session));
  });

/** Its owner may be deleting it this moment without erasing: a promise to erase now might not be kept. */
async function refuseLateErasure(db: SessionsContext["db"], session: Session): Promise<void> {
  const rows = await outboxHead(db, session, "control", 100);
  if (rows.some(row => row.type === "session.unlink" && row.erase)) return;
  throw new SessionBeingDeleted("The session is being deleted already, and its messages were to stay.");
}
