import { endpoint } from "../endpoint.ts";
import { acceptChange } from "./change.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const markMessageRead = (context: MessagesContext) =>
  endpoint(messageRoutes.markMessageRead, call => acceptChange(context, call, { kind: "read" }));
