import { eventRow, sessionEvent } from "../../../domain/event/log.ts";
import { newSession } from "../../../domain/session/new-session.ts";
import { publicSession } from "../../../domain/session/public-session.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import { findSession, createSession as storeSession } from "../../../domain/session/store.ts";
import { created } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { sessionRoutes } from "./routes.ts";

export const createSession = ({ db, announcer, proxies, shardCount }: SessionsContext) =>
  endpoint(sessionRoutes.createSession, async ({ caller, body = {}, newId, nowMs, resumed }) => {
    const { tenantId, sessionsMax, retentionDays } = caller;
    const id = newId("ses");
    const before = resumed ? await findSession(db, tenantId, id) : undefined;
    if (before !== undefined) return created(await publicSession(before));
    const { name, metadata, limits, phoneNumber: pairingNumber } = body;
    const proxy = await proxies.sealed({ id, tenantId }, body.proxyUrl);
    const fresh = { id, tenantId, name, metadata, limits, pairingNumber, proxy, retentionDays };
    const session = newSession(fresh, shardCount, nowMs);
    const shown = await publicSession(session);
    const sequence = await nextSequence(db, session);
    const cause = ["starting", session.createdAt];
    const event = eventRow(
      sessionEvent(session, sequence, { type: "session.status", cause, data: shown }, nowMs),
      nowMs,
    );
    await storeSession(db, session, event, sessionsMax);
    await announcer.announce(session, { event, rings: true });
    return created(shown);
  });
