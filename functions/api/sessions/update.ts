import { isoTime } from "../../../domain/clock.ts";
import { NotFound } from "../../../domain/error.ts";
import { newOutboxRow } from "../../../domain/outbox/store.ts";
import { publicSession } from "../../../domain/session/public-session.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import { changeConnection, updateSessionSettings } from "../../../domain/session/settings.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { mergedMetadata } from "./merged-metadata.ts";
import { sessionRoutes } from "./routes.ts";

export const updateSession = ({ db, sessions, proxies, announcer }: SessionsContext) =>
  endpoint(sessionRoutes.updateSession, async call => {
    const session = sessions.of(call);
    const { name, metadata, limits, proxyUrl } = call.body;
    const settings = {
      ...(name === undefined ? {} : { name }),
      ...(metadata === undefined ? {} : { metadata: mergedMetadata(session.metadata, metadata) }),
      ...(limits === undefined ? {} : { limits: { ...session.limits, ...limits } }),
    };
    const proxy = await proxies.sealed(session, proxyUrl);
    const reconnect = async () => {
      const row = newOutboxRow(session, "control", await nextSequence(db, session), isoTime(call.nowMs));
      return changeConnection(db, session, { ...settings, proxy: proxy ?? null }, { ...row, type: "session.restart" });
    };
    const changed = proxy === undefined ? await updateSessionSettings(db, session, settings) : await reconnect();
    if (changed === undefined) throw new NotFound();
    // Its host reads the settings anew.
    await announcer.announce(session, { rings: true });
    return ok(await publicSession(changed));
  });
