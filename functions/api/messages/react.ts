import { endpoint } from "../endpoint.ts";
import { acceptChange } from "./change.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const reactToMessage = (context: MessagesContext) =>
  endpoint(messageRoutes.reactToMessage, call =>
    acceptChange(context, call, { kind: "reaction", emoji: call.body.emoji }),
  );
