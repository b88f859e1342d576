import type { History, Violation } from "../history.ts";

/** Every message that a phone sent is in the history exactly once and in the events exactly once, and nothing else is. */
export function checkInbound({ spoken, stored, log }: Pick<History, "spoken" | "stored" | "log">): Violation[] {
  const inbound = stored.filter(message => message.direction === "inbound");
  const kept = Map.groupBy(inbound, message => `${message.sessionId} ${message.waMessageId}`);
  const received = log.filter(event => event.type === "message.received");
  const told = Map.groupBy(received, event => `${event.sessionId} ${event.waMessageId}`);
  const known = new Set(spoken.map(one => `${one.sessionId} ${one.waMessageId}`));
  const missed = spoken.flatMap(({ sessionId, waMessageId, text, isFile }) => {
    const name = `${sessionId} ${waMessageId}`;
    const say = (what: string): Violation => ({ rule: "inbound", what: `${waMessageId} ${what}`, sessionId });
    const rows = kept.get(name) ?? [];
    const violations: Violation[] = [];
    if (rows.length !== 1) violations.push(say(`is in the history ${rows.length} times`));
    else if (rows[0]?.text !== text) violations.push(say("is in the history with another text"));
    else if (isFile && rows[0]?.file === "failed") violations.push(say("lost its file"));
    const times = told.get(name)?.length ?? 0;
    if (times !== 1) violations.push(say(`was told ${times} times`));
    return violations;
  });
  const invented = inbound.filter(message => !known.has(`${message.sessionId} ${message.waMessageId}`));
  return [
    ...missed,
    ...invented.map(({ sessionId, id }) => ({ rule: "inbound", what: "nobody wrote it", sessionId, messageId: id })),
  ];
}
