import { DomainError } from "../error.ts";
import { type Session, takesMessages } from "./session.ts";

/** The session is not linked to a phone, or will not come back by itself. */
class SessionNotConnected extends DomainError {
  override readonly name = "SessionNotConnected";
  constructor(session: Pick<Session, "id" | "status">) {
    super("session_not_connected", `Session ${session.id} is ${session.status} and takes no messages.`);
  }
}

/** Throws where a session takes no messages; one that is reconnecting does, and sends them when it is back. */
export function requireTakesMessages(session: Pick<Session, "id" | "status" | "linked">): void {
  if (!takesMessages(session)) throw new SessionNotConnected(session);
}
