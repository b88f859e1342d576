import { publicSession } from "../../../domain/session/public-session.ts";
import { listSessions as readSessions } from "../../../domain/session/store.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { sessionRoutes } from "./routes.ts";

export const listSessions = ({ db }: SessionsContext) =>
  endpoint(sessionRoutes.listSessions, async ({ caller, query, cursors }) => {
    const page = await readSessions(db, caller.tenantId, { ...query, cursors });
    return ok({ data: await Promise.all(page.data.map(publicSession)), nextCursor: page.nextCursor });
  });
