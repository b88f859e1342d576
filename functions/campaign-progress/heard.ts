import type { Id } from "../../domain/id.ts";
import type { Message } from "../../domain/message/message.ts";

/** What a person wrote, to a session, in a chat of two. */
export interface Heard {
  readonly eventId: Id<"evt">;
  readonly tenantId: Id<"ten">;
  readonly sessionId: Id<"ses">;
  readonly message: Message;
  readonly atMs: number;
}
