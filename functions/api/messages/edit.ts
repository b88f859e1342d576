import { endpoint } from "../endpoint.ts";
import { acceptChange } from "./change.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const editMessage = (context: MessagesContext) =>
  endpoint(messageRoutes.editMessage, call => acceptChange(context, call, { kind: "edit", text: call.body.text }));
