import { createHash } from "node:crypto";
import { confirmationOf } from "../../domain/campaign/opt-out-word.ts";
import { chatOf } from "../../domain/chat/chat.ts";
import { failedConditions } from "../../domain/dynamodb/condition.ts";
import { eventRow, sessionEvent } from "../../domain/event/log.ts";
import { derivedId } from "../../domain/id.ts";
import { Jid } from "../../domain/jid.ts";
import { publicMessage } from "../../domain/message/message.ts";
import { outgoingText } from "../../domain/message/outgoing.ts";
import { acceptMessage } from "../../domain/message/store.ts";
import { newOutboxRow } from "../../domain/outbox/store.ts";
import { nextSequence } from "../../domain/session/sequence.ts";
import { takesMessages } from "../../domain/session/session.ts";
import { findSession } from "../../domain/session/store.ts";
import type { Following } from "./following.ts";
import type { Heard } from "./heard.ts";

/** Accepts the one message that goes to somebody who has just opted out. Its ids are those of the word it answers. */
export async function confirmOptOut({ db, announcer, now }: Following, heard: Heard): Promise<void> {
  const { tenantId, sessionId, eventId, message: word, atMs } = heard;
  const session = await findSession(db, tenantId, sessionId);
  if (session === undefined || !takesMessages(session)) return;
  const to = Jid.parse(word.chatId);
  const nowMs = now();
  const fresh = {
    id: derivedId("msg", [eventId, "opt-out"], atMs),
    to,
    text: confirmationOf(word.text ?? ""),
    priority: "normal",
    metadata: {},
  } as const;
  const waMessageId = `3EB0${createHash("sha256").update(`${eventId}#opt-out`).digest("hex").slice(0, 18).toUpperCase()}`;
  const message = { ...outgoingText(session, await chatOf(db, session, to), fresh, nowMs), waMessageId };
  const sequence = await nextSequence(db, session);
  const row = newOutboxRow(session, "normal", sequence, message.createdAt);
  const queued = { type: "message.queued", cause: [message.id], data: publicMessage(message) } as const;
  const event = eventRow(sessionEvent(session, sequence, queued, nowMs), nowMs);
  const { id: messageId, chatKey } = message;
  try {
    const send = { ...row, type: "message.send", messageId, chatKey, to, waMessageId } as const;
    await acceptMessage(db, { message, row: send, event });
  } catch (error) {
    // It was accepted when this word was heard before.
    if (!failedConditions(error)?.some(position => position <= 1)) throw error;
    return;
  }
  await announcer.announce(session, { event, rings: true });
}
