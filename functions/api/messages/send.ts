import type * as z from "zod";
import { chatOf } from "../../../domain/chat/chat.ts";
import { refuseOptedOut } from "../../../domain/contact/opt-out.ts";
import { publicMessage } from "../../../domain/message/message.ts";
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
    const { db, sessions, templates } = context;
    const { body, nowMs, resumed } = call;
    const session = sessions.of(call);
    const template = templates.maybe(call);
    const text = textOf(body, template);
    const chat = await chatOf(db, session, body.to);
    const message = outgoingText(session, chat, { ...body, text, id: call.newId("msg") }, nowMs);
    const before = resumed ? await findMessage(db, message) : undefined;
    if (before !== undefined) return accepted(publicMessage(before));
    requireTakesMessages(session);
    await refuseOptedOut(db, session.tenantId, chat.id);
    return accepted(await acceptForSending(context, session, { message, to: body.to, nowMs }));
  });

type Written = Pick<z.output<typeof messageRoutes.sendMessage.body>, "text" | "template">;

function textOf({ text = "", template }: Written, kept: StoredTemplate | undefined): string {
  if (template === undefined || kept === undefined) return text;
  return messageText(kept.body, template.variables, "body.template.variables");
}
