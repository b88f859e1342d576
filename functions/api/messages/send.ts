import type * as z from "zod";
import { type Chat, chatOf } from "../../../domain/chat/chat.ts";
import { refuseOptedOut } from "../../../domain/contact/opt-out.ts";
import { ValidationFailed } from "../../../domain/error.ts";
import { publicMessage, type StoredMessage } from "../../../domain/message/message.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { findMessage } from "../../../domain/message/store.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { messageText } from "../../../domain/template/message-text.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { acceptForSending } from "./accept.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const sendMessage = (context: MessagesContext) =>
  endpoint(messageRoutes.sendMessage, async call => {
    const { db, sessions, templates, quoted } = context;
    const { body, nowMs, resumed } = call;
    const session = sessions.of(call);
    const template = templates.maybe(call);
    const text = textOf(body, template);
    const chat = await chatOf(db, session, body.to);
    requireInChat(quoted.maybe(call), chat);
    const message = outgoingText(session, chat, { ...body, text, id: call.newId("msg") }, nowMs);
    const before = resumed ? await findMessage(db, message) : undefined;
    if (before !== undefined) return accepted(publicMessage(before));
    requireTakesMessages(session);
    await refuseOptedOut(db, session.tenantId, chat.id);
    return accepted(await acceptForSending(context, session, { message, to: body.to, nowMs }));
  });

function requireInChat(quoted: StoredMessage | undefined, chat: Chat): void {
  if (quoted === undefined || quoted.chatKey === chat.key) return;
  throw new ValidationFailed([{ path: "body.quotedMessageId", message: "is a message of another chat" }]);
}

type Written = Pick<z.output<typeof messageRoutes.sendMessage.body>, "text" | "template">;

function textOf({ text = "", template }: Written, kept: StoredTemplate | undefined): string {
  if (template === undefined || kept === undefined) return text;
  return messageText(kept.body, template.variables, "body.template.variables");
}
