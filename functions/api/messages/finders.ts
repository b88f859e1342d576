import { chatOf } from "../../../domain/chat/chat.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { idOf } from "../../../domain/id.ts";
import { Recipient } from "../../../domain/jid.ts";
import { findMessage } from "../../../domain/message/store.ts";
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
    message: finder(async (tenantId, [sessionId = "", chatId = "", messageId = ""]) => {
      const id = idOf("msg").safeParse(messageId);
      const found = id.success ? await chatNamed(db, tenantId, sessionId, chatId) : undefined;
      if (!id.success || found === undefined) return undefined;
      const { session, chat } = found;
      return findMessage(db, { tenantId: session.tenantId, sessionId: session.id, chatKey: chat.key, id: id.data });
    }),
  };
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
