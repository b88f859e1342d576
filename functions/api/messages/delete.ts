import { endpoint } from "../endpoint.ts";
import { acceptChange } from "./change.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const deleteMessage = (context: MessagesContext) =>
  endpoint(messageRoutes.deleteMessage, call => acceptChange(context, call, { kind: "revoke" }));
