import type { Chat } from "../domain/chat/chat.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { noteQuoted } from "../domain/message/history-store.ts";
import type { MessageRef } from "../domain/message/message.ts";
import { messageIdOf } from "../domain/message/seen.ts";
import type { SessionRef } from "../domain/session/session.ts";

interface Waiting {
  readonly message: MessageRef;
  readonly chat: Chat;
  readonly quotedWaMessageId: string;
}

const waitingMax = 2_000;

/**
 * What messages of the past answer. A phone tells its newest messages first, so that what they answer mostly comes
 * after them, often only in a later piece: they wait here until it is stored. Of more than are kept in mind, those that
 * have waited longest stay without.
 */
export class HistoryQuotes {
  readonly #db: Db<"messages">;
  readonly #session: Pick<SessionRef, "id" | "tenantId">;
  readonly #waiting = new Map<string, Waiting>();

  constructor(db: Db<"messages">, session: Pick<SessionRef, "id" | "tenantId">) {
    this.#db = db;
    this.#session = session;
  }

  add({ message, ...about }: Waiting): void {
    const { tenantId, sessionId, chatKey, id } = message;
    this.#waiting.delete(id);
    this.#waiting.set(id, { message: { tenantId, sessionId, chatKey, id }, ...about });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > waitingMax && oldest !== undefined) this.#waiting.delete(oldest);
  }

  /** Notes what is stored by now of what they answer; the rest goes on waiting. Doing it again changes nothing. */
  async resolve(signal: AbortSignal): Promise<void> {
    for (const [id, { message, chat, quotedWaMessageId }] of this.#waiting) {
      signal.throwIfAborted();
      const quotedMessageId = await messageIdOf(this.#db, this.#session, chat, quotedWaMessageId);
      if (quotedMessageId === undefined) continue;
      await noteQuoted(this.#db, message, quotedMessageId);
      this.#waiting.delete(id);
    }
  }
}
