import { DomainError } from "../../../domain/error.ts";

/** After DELETE a session only waits to be gone. */
export class SessionBeingDeleted extends DomainError {
  override readonly name = "SessionBeingDeleted";
  constructor(detail = "The session is being deleted.") {
    super("invalid_transition", detail);
  }
}
