import type { History, Violation } from "../history.ts";

type Seen = Pick<History, "accepted" | "phones" | "stored" | "log">;

/** How often each outcome may be told of one message: once. */
const outcomes = ["message.queued", "message.sent", "message.failed"] as const;

/**
 * Every accepted message ends in exactly one terminal state and, unless it failed, is on the phone exactly once under
 * the id that was fixed when it was accepted, and under no other.
 */
export function checkOutbound({ accepted, phones, stored, log }: Seen): Violation[] {
  const status = new Map(stored.map(message => [message.id, message.status]));
  const rows = Map.groupBy(phones, ({ number, text }) => `${number} ${text}`);
  const told = Map.groupBy(log, event => event.messageId);
  return accepted.flatMap(message => {
    const { messageId, sessionId, waMessageId, to, text } = message;
    const say = (what: string): Violation => ({ rule: "outbound", what, sessionId, messageId });
    const violations: Violation[] = [];
    const ended = status.get(messageId);
    if (ended === undefined) return [say("accepted, and not in the history")];
    if (ended === "queued") violations.push(say("never came to an end"));
    const copies = rows.get(`${to} ${text}`) ?? [];
    const ids = new Set(copies.map(copy => copy.id));
    if (ids.size > 1 || copies.length > 1) violations.push(say(`on the phone ${copies.length} times, ids ${[...ids]}`));
    if (ended === "failed") {
      if (told.get(messageId)?.some(event => event.type === "message.sent")) {
        violations.push(say("told as sent, and failed"));
      }
    } else if (ended !== "queued") {
      if (copies.length === 0) violations.push(say(`${ended}, and not on the phone`));
      else if (!ids.has(waMessageId)) violations.push(say("on the phone under another id"));
    }
    for (const type of outcomes) {
      const times = told.get(messageId)?.filter(event => event.type === type).length ?? 0;
      const expected = type === "message.queued" || (type === "message.failed") === (ended === "failed") ? 1 : 0;
      if (ended !== "queued" && times !== expected) violations.push(say(`${times} events ${type}, not ${expected}`));
    }
    return violations;
  });
}
