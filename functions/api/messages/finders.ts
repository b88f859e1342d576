import * as z from "zod";
import { chatOf } from "../../../domain/chat/chat.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { idOf } from "../../../domain/id.ts";
import { Recipient } from "../../../domain/jid.ts";
import { findInChat, findMessageById } from "../../../domain/message/store.ts";
import type { Exchange } from "../exchange.ts";
import { finder } from "../finder.ts";
import { sessionFinder, sessionNamed } from "../session-finder.ts";
import { templateFinder } from "../template-finder.ts";
import { uploadFinder } from "../upload-finder.ts";
import type { SessionChat } from "./context.ts";

type FindingDb = Db<"sessions" | "messages" | "chats" | "templates" | "media">;

/** Finds what the paths of messages name: a session, a chat of it, a message in that. */
export function messageFinders(db: FindingDb) {
  return {
    session: sessionFinder(db),
    template: templateFinder(db),
    upload: uploadFinder(db),
    chat: finder((tenantId, [sessionId = "", chatId = ""]) => chatNamed(db, tenantId, sessionId, chatId)),
    quoted: finder(async (tenantId, [sessionId = "", messageId = ""], exchange) => {
      const id = idOf("msg").safeParse(messageId);
      const session = id.success ? await sessionNamed(db, tenantId, sessionId) : undefined;
      if (!id.success || session === undefined) return undefined;
      // In the chat it is for a message is found that was stored a moment ago; in another one it is only to be refused.
      const chat = await chatNamed(db, tenantId, sessionId, chatWrittenTo(exchange));
      const owner = { tenantId: session.tenantId, sessionId: session.id };
      return (chat && (await findInChat(db, owner, chat.chat, id.data))) ?? findMessageById(db, session, id.data);
    }),
    message: finder(async (tenantId, [sessionId = "", chatId = "", messageId = ""]) => {
      const id = idOf("msg").safeParse(messageId);
      const found = id.success ? await chatNamed(db, tenantId, sessionId, chatId) : undefined;
      if (!id.success || found === undefined) return undefined;
      const { session, chat } = found;
      return findInChat(db, { tenantId: session.tenantId, sessionId: session.id }, chat, id.data);
    }),
  };
}

/** What a body says as `to`, before it is known to be valid. */
function chatWrittenTo(exchange: Exchange): string {
  const body = exchange.json();
  const read = z.object({ to: z.string() }).safeParse(body.kind === "value" ? body.value : undefined);
  return read.data?.to ?? "";
}

/** A chat by any name WhatsApp or a customer has for it. What can be no chat's name is unknown; an empty chat is not. */
async function chatNamed(
  db: FindingDb,
  tenantId: string,
  sessionId: string,
  chatId: string,
): Promise<SessionChat | undefined> {
  const jid = Recipient.safeParse(chatId);
  const session = jid.success ? await sessionNamed(db, tenantId, sessionId) : undefined;
  if (!jid.success || session === undefined) return undefined;
  return { session, chat: await chatOf(db, session, jid.data) };
}
