import { publicSession } from "../../../domain/session/public-session.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { sessionRoutes } from "./routes.ts";

export const getSession = ({ sessions }: SessionsContext) =>
  endpoint(sessionRoutes.getSession, async call => ok(await publicSession(sessions.of(call))));
