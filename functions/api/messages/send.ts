import { chatOf } from "../../../domain/chat/chat.ts";
import { eventRow, nextEventSequence, sessionEvent } from "../../../domain/event/log.ts";
import { publicMessage } from "../../../domain/message/message.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { acceptMessage, findMessage } from "../../../domain/message/store.ts";
import { newOutboxRow, nextOutboxSequence } from "../../../domain/outbox/store.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { MessagesContext } from "./context.ts";
import { messageRoutes } from "./routes.ts";

export const sendMessage = ({ db, sessions, announcer }: MessagesContext) =>
  endpoint(messageRoutes.sendMessage, async call => {
    const { body, nowMs, resumed } = call;
    const session = sessions.of(call);
    const chat = await chatOf(db, session, body.to);
    const message = outgoingText(session, chat, { ...body, id: call.newId("msg") }, nowMs);
    const before = resumed ? await findMessage(db, message) : undefined;
    if (before !== undefined) return accepted(publicMessage(before));
    requireTakesMessages(session);
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
