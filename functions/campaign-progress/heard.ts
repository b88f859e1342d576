import type { Chat } from "../../domain/chat/chat.ts";
import type { Id } from "../../domain/id.ts";
import type { Message } from "../../domain/message/message.ts";

/** What a person wrote, to a session, in a chat of two. */
export interface Heard {
  readonly eventId: Id<"evt">;
  readonly tenantId: Id<"ten">;
  readonly sessionId: Id<"ses">;
  readonly message: Message;
  readonly chat: Chat;
  readonly atMs: number;
}
