import { eventRow, sessionEvent } from "../../../domain/event/log.ts";
import type { Jid } from "../../../domain/jid.ts";
import { type Message, publicMessage, type StoredMessage } from "../../../domain/message/message.ts";
import { acceptMessage } from "../../../domain/message/store.ts";
import { newOutboxRow } from "../../../domain/outbox/store.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import type { Session } from "../../../domain/session/session.ts";
import type { MessagesContext } from "./context.ts";

/** Accepts a message at the end of its lane, tells of it and rings for its session; answers it as customers see it. */
export async function acceptForSending(
  { db, announcer }: Pick<MessagesContext, "db" | "announcer">,
  session: Session,
  accepted: { readonly message: StoredMessage; readonly to: Jid; readonly nowMs: number },
): Promise<Message> {
  const { message, to, nowMs } = accepted;
  const shown = publicMessage(message);
  const sequence = await nextSequence(db, session);
  const { id: messageId, chatKey, waMessageId, createdAt } = message;
  const row = newOutboxRow(session, message.priority ?? "normal", sequence, createdAt);
  const queued = { type: "message.queued", cause: [messageId], data: shown } as const;
  const event = eventRow(sessionEvent(session, sequence, queued, nowMs), nowMs);
  const send = { ...row, type: "message.send", messageId, chatKey, to, waMessageId } as const;
  await acceptMessage(db, { message, row: send, event });
  await announcer.announce(session, { event, rings: true });
  return shown;
}
