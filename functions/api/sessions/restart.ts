import { isoTime } from "../../../domain/clock.ts";
import { newOutboxRow } from "../../../domain/outbox/store.ts";
import { requestControl } from "../../../domain/session/control.ts";
import { publicSession } from "../../../domain/session/public-session.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { SessionBeingDeleted } from "./being-deleted.ts";
import type { SessionsContext } from "./context.ts";
import { sessionRoutes } from "./routes.ts";

export const restartSession = ({ db, sessions, announcer }: SessionsContext) =>
  endpoint(sessionRoutes.restartSession, async call => {
    const session = sessions.of(call);
    const sequence = await nextSequence(db, session);
    const row = newOutboxRow(session, "control", sequence, isoTime(call.nowMs));
    const asked = await requestControl(db, session, { ...row, type: "session.restart" });
    if (!asked) throw new SessionBeingDeleted();
    await announcer.announce(session, { rings: true });
    return accepted(await publicSession(session));
  });
