import type * as z from "zod";
import { chatOf } from "../../../domain/chat/chat.ts";
import { refuseOptedOut } from "../../../domain/contact/opt-out.ts";
import { eventRow, nextEventSequence, sessionEvent } from "../../../domain/event/log.ts";
import { publicMessage } from "../../../domain/message/message.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { acceptMessage, findMessage } from "../../../domain/message/store.ts";
import { newOutboxRow, nextOutboxSequence } from "../../../domain/outbox/store.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { messageText } from "../../../domain/template/message-text.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const sendMessage = ({ db, sessions, templates, announcer }: MessagesContext) =>
  endpoint(messageRoutes.sendMessage, async call => {
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
    const shown = publicMessage(message);
    const [place, sequence] = await Promise.all([nextOutboxSequence(db, session), nextEventSequence(db, session)]);
    const { id: messageId, chatKey, waMessageId, createdAt } = message;
    const row = newOutboxRow(session, body.priority, place, createdAt);
    const queued = { type: "message.queued", cause: [messageId], data: shown } as const;
    const event = eventRow(sessionEvent(session, sequence, queued, nowMs), nowMs);
    const send = { ...row, type: "message.send", messageId, chatKey, to: body.to, waMessageId } as const;
    await acceptMessage(db, { message, row: send, event });
    await announcer.announce(session, { event, rings: true });
    return accepted(shown);
  });

type Written = Pick<z.output<typeof messageRoutes.sendMessage.body>, "text" | "template">;

function textOf({ text = "", template }: Written, kept: StoredTemplate | undefined): string {
  if (template === undefined || kept === undefined) return text;
  return messageText(kept.body, template.variables, "body.template.variables");
}
