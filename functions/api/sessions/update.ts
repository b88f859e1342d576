import { NotFound } from "../../../domain/error.ts";
import { publicSession } from "../../../domain/session/public-session.ts";
import { updateSessionSettings } from "../../../domain/session/store.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { mergedMetadata } from "./merged-metadata.ts";
import { sessionRoutes } from "./routes.ts";

export const updateSession = ({ db, sessions }: SessionsContext) =>
  endpoint(sessionRoutes.updateSession, async call => {
    const session = sessions.of(call);
    const { name, metadata, limits } = call.body;
    const changed = await updateSessionSettings(db, session, {
      ...(name === undefined ? {} : { name }),
      ...(metadata === undefined ? {} : { metadata: mergedMetadata(session.metadata, metadata) }),
      ...(limits === undefined ? {} : { limits: { ...session.limits, ...limits } }),
    });
    if (changed === undefined) throw new NotFound();
    return ok(await publicSession(changed));
  });
