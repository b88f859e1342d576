import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const getMessage = ({ messages }: MessagesContext) =>
  endpoint(messageRoutes.getMessage, async call => ok(messages.of(call)));
