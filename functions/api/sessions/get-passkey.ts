import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { passkeyView } from "./passkey-view.ts";
import { sessionRoutes } from "./routes.ts";

export const getPasskey = ({ sessions, passkeys }: SessionsContext) =>
  endpoint(sessionRoutes.getPasskey, async call => ok(await passkeyView(passkeys, sessions.of(call))));
