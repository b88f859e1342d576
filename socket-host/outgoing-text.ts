import type { Db } from "../domain/dynamodb/db.ts";
import { idOf } from "../domain/id.ts";
import { isGroup, isLid, Jid } from "../domain/jid.ts";
import type { StoredMessage } from "../domain/message/message.ts";
import { findMessage } from "../domain/message/store.ts";
import type { OutgoingText, QuotedMessage } from "./whatsapp-port.ts";

/** What an engine needs to encode a stored text: with the message it answers, where that is still there. */
export async function outgoingTextOf(db: Db<"messages">, message: StoredMessage, to: Jid): Promise<OutgoingText> {
  const { text, waMessageId, mentions = [] } = message;
  const quoted = await quotedBy(db, message, to);
  return { to, text: text ?? "", waMessageId, quoted, mentions: mentions.map(({ id }) => Jid.parse(id)) };
}

async function quotedBy(db: Db<"messages">, message: StoredMessage, to: Jid): Promise<QuotedMessage | undefined> {
  const id = idOf("msg").safeParse(message.quotedMessageId);
  if (!id.success) return undefined;
  const { tenantId, sessionId, chatKey } = message;
  const quoted = await findMessage(db, { tenantId, sessionId, chatKey, id: id.data });
  const author = quoted && authorOf(quoted, to);
  if (quoted === undefined || author === undefined) return undefined;
  const { waMessageId, payload, text, media } = quoted;
  return { waMessageId, author, payload, text: text ?? media?.caption ?? "" };
}

/** Who wrote a message, named as its chat names people: by number only in a chat that goes by a number. */
function authorOf({ from }: StoredMessage, to: Jid): Jid | undefined {
  const byLid = isGroup(to) || isLid(to);
  return Jid.safeParse(byLid ? (from?.lid ?? from?.id) : from?.id).data;
}
