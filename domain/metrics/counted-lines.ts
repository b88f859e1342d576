import type { Log, LogFields } from "../log.ts";
import type { Measure, Sample } from "./metric.ts";

const word = (value: unknown) => (typeof value === "string" ? value : "none");
const one = (metric: Sample["metric"], of?: string): Sample => ({ metric, value: 1, of });
const took = (metric: Sample["metric"], value: unknown): Sample[] =>
  typeof value === "number" ? [{ metric, value }] : [];

/**
 * What each line of the log counts for. The product says every connection change, command, send, take and attempt in
 * one wide line already: to count the lines means that log and metrics cannot disagree. A test shows that each of these
 * lines is still said.
 */
export const countedLines: Readonly<Record<string, (fields: LogFields) => readonly Sample[]>> = {
  "connection changed": ({ from, to, on, kind }) => [
    ...(to === "connected" ? [one("Connects")] : []),
    ...(on === "closed" || (from === "connected" && on === "timer")
      ? [one("Disconnects", word(kind ?? "silence"))]
      : []),
  ],
  "command served": ({ command }) => [one("CommandsServed", word(command))],
  "message sent to whatsapp": ({ outcome, waitedMs }) => [
    one("Sends", word(outcome)),
    ...(outcome === "acked" ? took("SendWait", waitedMs) : []),
  ],
  "change sent to whatsapp": ({ outcome }) => [one("Sends", word(outcome))],
  "message failed": () => [one("Sends", "failed")],
  "message seen": ({ direction, unreadable }) => [
    one("MessagesSeen", word(direction)),
    ...(unreadable === true ? [one("Undecryptable")] : []),
  ],
  "offline queue": ({ offlineQueue }) => took("OfflineQueue", offlineQueue),
  "offline queue stalled": () => [one("OfflineQueueStalls")],
  "message asked for again": () => [one("AskedAgain")],
  "lease taken": ({ how }) => [one("LeaseTakes", word(how))],
  "shard lost": () => [one("ShardsLost")],
  "webhook attempted": ({ reason, latencyMs }) => [
    one("WebhookAttempts", reason === null ? "delivered" : word(reason)),
    ...took("WebhookLatency", latencyMs),
  ],
  "webhook endpoint is given a rest": () => [one("WebhookRests")],
};

/** The same log, which also counts what it says. */
export function countingLog(log: Log, measure: Measure): Log {
  const counted = (say: Log["info"]) => (message: string, fields?: LogFields) => {
    say(message, fields);
    for (const sample of countedLines[message]?.(fields ?? {}) ?? []) measure(sample);
  };
  return {
    debug: counted(log.debug),
    info: counted(log.info),
    warn: counted(log.warn),
    error: counted(log.error),
    child: fields => countingLog(log.child(fields), measure),
  };
}
