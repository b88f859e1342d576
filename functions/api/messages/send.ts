import type * as z from "zod";
import { type Chat, chatOf } from "../../../domain/chat/chat.ts";
import { refuseOptedOut } from "../../../domain/contact/opt-out.ts";
import { ValidationFailed } from "../../../domain/error.ts";
import { publicMessage, type StoredMessage } from "../../../domain/message/message.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { outgoingMedia } from "../../../domain/message/outgoing-media.ts";
import { findMessage } from "../../../domain/message/store.ts";
import { captionLengthMax, textLengthMax } from "../../../domain/message/text.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { messageText } from "../../../domain/template/message-text.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { acceptForSending } from "./accept.ts";
import type { MediaContext, MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";
import { templateFile } from "./template-file.ts";

export const sendMessage = (context: MessagesContext & MediaContext) =>
  endpoint(messageRoutes.sendMessage, async call => {
    const { db, sessions, templates, quoted } = context;
    const { body, nowMs, resumed } = call;
    const session = sessions.of(call);
    const template = templates.maybe(call);
    const file = await templateFile(context, template);
    if (file !== undefined) requireAlone(body);
    const text = textOf(body, template, file === undefined ? textLengthMax : captionLengthMax);
    const chat = await chatOf(db, session, body.to);
    requireInChat(quoted.maybe(call), chat);
    const fresh = { ...body, text, id: call.newId("msg") };
    const message =
      file === undefined
        ? outgoingText(session, chat, fresh, nowMs)
        : outgoingMedia(session, chat, { ...fresh, caption: text, ...file }, nowMs);
    const before = resumed ? await findMessage(db, message) : undefined;
    if (before !== undefined) return accepted(publicMessage(before));
    requireTakesMessages(session);
    await refuseOptedOut(db, session.tenantId, chat);
    return accepted(await acceptForSending(context, session, { message, to: body.to, nowMs }));
  });

function requireInChat(quoted: StoredMessage | undefined, chat: Chat): void {
  if (quoted === undefined || chat.names.includes(quoted.chatKey)) return;
  throw new ValidationFailed([{ path: "body.quotedMessageId", message: "is a message of another chat" }]);
}

type Written = Pick<z.output<typeof messageRoutes.sendMessage.body>, "text" | "template">;

/** Files are sent as they are: they answer nothing and mention nobody. */
function requireAlone({ quotedMessageId, mentions }: z.output<typeof messageRoutes.sendMessage.body>): void {
  const message = "cannot be given with a template that has a file";
  if (quotedMessageId !== undefined) throw new ValidationFailed([{ path: "body.quotedMessageId", message }]);
  if (mentions.length > 0) throw new ValidationFailed([{ path: "body.mentions", message }]);
}

function textOf({ text = "", template }: Written, kept: StoredTemplate | undefined, lengthMax: number): string {
  if (template === undefined || kept === undefined) return text;
  return messageText(kept.body, template.variables, "body.template.variables", lengthMax);
}
