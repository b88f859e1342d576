import type { History, Violation } from "../history.ts";

/** Messages of one chat and priority reach the phone in the order in which they were accepted. */
export function checkOutboundOrder({ accepted, phones }: Pick<History, "accepted" | "phones">): Violation[] {
  const place = new Map(phones.map(row => [`${row.number} ${row.id}`, row.seq]));
  const chats = Map.groupBy(accepted, ({ sessionId, to, priority }) => `${sessionId} ${to} ${priority}`);
  return [...chats.values()].flatMap(chat => {
    const arrived = chat.filter(({ to, waMessageId }) => place.has(`${to} ${waMessageId}`));
    return outOfOrder(arrived, ({ to, waMessageId }) => place.get(`${to} ${waMessageId}`) ?? 0).map(
      ({ messageId, sessionId }) => ({
        rule: "outbound order",
        what: "reached the phone before one that was accepted earlier",
        sessionId,
        messageId,
      }),
    );
  });
}

/** What a person writes comes into the log in the order of writing, but for files, and where it was spoilt and sent again. */
export function checkInboundOrder({ spoken, log, spoilt }: Pick<History, "spoken" | "log" | "spoilt">): Violation[] {
  const received = log.filter(event => event.type === "message.received");
  const sequence = new Map(received.map(event => [`${event.sessionId} ${event.waMessageId}`, event.sequence]));
  const texts = spoken.filter(({ isFile }) => !isFile);
  const chats = Map.groupBy(texts, ({ sessionId, from }) => `${sessionId} ${from}`);
  return [...chats.values()].flatMap(chat => {
    const arrived = chat.filter(({ sessionId, waMessageId }) => sequence.has(`${sessionId} ${waMessageId}`));
    return outOfOrder(arrived, one => sequence.get(`${one.sessionId} ${one.waMessageId}`) ?? 0)
      .filter(({ sessionId }) => !spoilt.has(sessionId))
      .map(({ waMessageId, sessionId }) => ({
        rule: "inbound order",
        what: `${waMessageId} came into the log after one that was written later`,
        sessionId,
      }));
  });
}

/** Those that stand behind one whose place is later. */
function outOfOrder<T>(inOrder: readonly T[], placeOf: (one: T) => number): T[] {
  let latest = Number.NEGATIVE_INFINITY;
  return inOrder.filter(one => {
    const place = placeOf(one);
    if (place < latest) return true;
    latest = place;
    return false;
  });
}
