import * as z from "zod";
import { PublicChat } from "../../../domain/chat/chat-row.ts";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import { pageOf, route } from "../route.ts";

export const chatRoutes = {
  listChats: route({
    method: "GET",
    path: "/api/chats",
    resource: "chats",
    operationId: "listChats",
    summary: "A session's chats, most recently active first",
    ids: [{ kind: "session", at: ["query.sessionId"] }],
    query: z.strictObject({ ...PageQuery.shape, sessionId: idOf("ses") }),
    answers: { 200: pageOf(PublicChat) },
  }),
};
