import { DomainError } from "../../../domain/error.ts";
import type { OutboxRow } from "../../../domain/outbox/outbox.ts";
import { requestControl } from "../../../domain/session/control.ts";
import type { Session } from "../../../domain/session/session.ts";
import { SessionBeingDeleted } from "./being-deleted.ts";
import type { SessionsContext } from "./context.ts";

class NoSuchPasskeyStep extends DomainError {
  override readonly name = "NoSuchPasskeyStep";
}

/** Throws where a session does not wait for this step, or no longer. */
export function requirePasskeyState(session: Session, state: "challenge" | "confirmation", nowMs: number): void {
  const { passkey } = session;
  if (passkey?.state === state && Date.parse(passkey.expiresAt) > nowMs) return;
  const waits = state === "challenge" ? "for no credential" : "for no confirmation";
  throw new NoSuchPasskeyStep(
    "invalid_transition",
    `The session waits ${waits} now. Retrieve its passkey to see its state.`,
  );
}

/** Has the session's owner go on with its link. */
export async function askForPasskeyStep(
  { db, announcer }: SessionsContext,
  session: Session,
  row: Extract<OutboxRow, { type: "session.passkey" | "session.passkey_confirm" }>,
): Promise<void> {
  if (!(await requestControl(db, session, row))) throw new SessionBeingDeleted();
  await announcer.announce(session, { rings: true });
}
