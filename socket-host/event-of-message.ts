import type { EventType, WasaasEvent } from "../domain/event/event.ts";
import type { Person } from "../domain/jid.ts";
import type { SeenChange } from "../domain/message/change.ts";
import { publicMessage, type StoredMessage } from "../domain/message/message.ts";

/** What the event of a change says: the message as it is now, of a vote who is for what. */
export function dataOfChange(
  after: StoredMessage,
  change: SeenChange | undefined,
  by: Person | null,
): WasaasEvent["data"] {
  if (change?.kind === "vote") return { messageId: after.id, voter: by, options: [...change.options] };
  const shown = publicMessage(after);
  return change?.kind === "reaction" ? { ...shown, reaction: { emoji: change.emoji, from: by } } : shown;
}

/** What the event of a message is called that came in, or that the owner wrote on the phone. */
export function typeOfSeen({ direction }: StoredMessage): EventType {
  return direction === "inbound" ? "message.received" : "message.sent_from_phone";
}
