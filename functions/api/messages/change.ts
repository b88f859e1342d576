import { isoTime } from "../../../domain/clock.ts";
import { transact } from "../../../domain/dynamodb/transaction.ts";
import { Jid } from "../../../domain/jid.ts";
import { isChanged, requireChangeable } from "../../../domain/message/change.ts";
import { newWaMessageId, publicMessage } from "../../../domain/message/message.ts";
import type { MessageChange } from "../../../domain/outbox/outbox.ts";
import { newOutboxRow, putOutboxRow } from "../../../domain/outbox/store.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import { accepted } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import type { MessagesContext } from "./context.ts";

/** Accepts a change of a message. The message itself changes, with its event, once WhatsApp has the change. */
export async function acceptChange(
  { db, sessions, messages, announcer }: MessagesContext,
  call: { readonly exchange: Exchange; readonly nowMs: number },
  change: MessageChange,
) {
  const session = sessions.of(call);
  const message = messages.of(call);
  requireChangeable(message, change);
  requireTakesMessages(session);
  const shown = publicMessage(message);
  if (isChanged(message, change)) return accepted(shown);
  // Behind the message itself where that still waits; else no campaign of ours should hold it up.
  const lane = message.status === "queued" ? (message.priority ?? "normal") : "normal";
  const row = newOutboxRow(session, lane, await nextSequence(db, session), isoTime(call.nowMs));
  const { id: messageId, chatKey, chatId } = message;
  const about = { messageId, chatKey, to: Jid.parse(chatId), waMessageId: newWaMessageId(), change };
  await transact(db, [putOutboxRow(db, { ...row, ...about, type: "message.change" })]);
  await announcer.announce(session, { rings: true });
  return accepted(shown);
}
