import type { History, LoggedEvent, Violation } from "../history.ts";

/**
 * Whoever read the log by cursor, while things went on, saw all that is in it; its events are unique by id, and by
 * sequence within a session; and none asks for a new link.
 */
export function checkEventLog({ read, log, sessions }: Pick<History, "read" | "log" | "sessions">): Violation[] {
  const seen = new Set(read.map(event => event.id));
  const skipped = log.filter(event => !seen.has(event.id));
  const linkedAt = new Map(sessions.map(session => [session.id, session.linkedAtMs]));
  const asks = log.filter(
    event =>
      ["session.qr", "session.pairing_code", "session.disconnected"].includes(event.type) &&
      Date.parse(event.createdAt) > (linkedAt.get(event.sessionId ?? "") ?? Number.POSITIVE_INFINITY),
  );
  return [
    ...skipped.map(event => violation("event log", event, "was skipped by a reader who follows the cursor")),
    ...repeated(log, event => event.id).map(event => violation("event log", event, "is in the log twice")),
    ...repeated(log, event => `${event.sessionId} ${event.sequence}`).map(event =>
      violation("event log", event, `shares its sequence ${event.sequence} with another`),
    ),
    ...asks.map(event => violation("no new link", event, "came although the session is linked")),
  ];
}

/** Every event reached the customer's endpoint, under its own id, and nothing else did. */
export function checkWebhooks({ log, webhooks }: Pick<History, "log" | "webhooks">): Violation[] {
  const logged = new Map(log.map(event => [event.id, event]));
  const delivered = Map.groupBy(webhooks, event => event.id);
  const missing = log.filter(event => !delivered.has(event.id));
  const unknown = [...delivered.values()].flatMap(([first]) => (first && !logged.has(first.id) ? [first] : []));
  const changed = webhooks.filter(event => {
    const original = logged.get(event.id);
    return original !== undefined && (original.type !== event.type || original.sequence !== event.sequence);
  });
  return [
    ...missing.map(event => violation("webhooks", event, "never reached the endpoint")),
    ...unknown.map(event => violation("webhooks", event, "reached the endpoint and is not in the log")),
    ...changed.map(event => violation("webhooks", event, "reached the endpoint as something else")),
  ];
}

function violation(rule: string, event: LoggedEvent, what: string): Violation {
  const { id, type, messageId } = event;
  return { rule, what: `${type} ${id} ${what}`, sessionId: event.sessionId ?? undefined, messageId };
}

function repeated(events: readonly LoggedEvent[], nameOf: (event: LoggedEvent) => string): LoggedEvent[] {
  const met = new Set<string>();
  return events.filter(event => met.size === met.add(nameOf(event)).size);
}
