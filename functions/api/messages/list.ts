import { publicMessage } from "../../../domain/message/message.ts";
import { listMessages as readMessages } from "../../../domain/message/store.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const listMessages = ({ db, chats }: MessagesContext) =>
  endpoint(messageRoutes.listMessages, async call => {
    const { session, chat } = chats.of(call);
    const owner = { tenantId: session.tenantId, sessionId: session.id };
    const page = await readMessages(db, owner, chat, { ...call.query, cursors: call.cursors });
    return ok({ data: page.data.map(publicMessage), nextCursor: page.nextCursor });
  });
