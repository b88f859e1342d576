import * as z from "zod";
import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { EventTopic } from "../domain/event/publisher.ts";
import type { Measure } from "../domain/metrics/metric.ts";
import { outboxHead, sessionsWithWork } from "../domain/outbox/store.ts";
import type { SessionRef } from "../domain/session/session.ts";

/** A session that this host holds, as far as it is measured. */
interface MeasuredSession {
  readonly ref: SessionRef;
  readonly phase: string;
}

export interface MeasuredHost {
  readonly sessions: readonly MeasuredSession[];
  readonly heldShards: ReadonlySet<number>;
  readonly connections: number;
  /** Sessions that this host has no room for. */
  readonly waiting: number;
}

/** Says how many sessions are in which phase, and what waits for those that are connected. */
export async function measureHost(
  host: MeasuredHost,
  { db, measure, now, signal }: { db: Db<"outbox">; measure: Measure; now: Now; signal: AbortSignal },
): Promise<void> {
  const phases = new Map<string, number>();
  for (const { phase } of host.sessions) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  for (const [of, value] of phases) measure({ metric: "Sessions", value, of });
  measure({ metric: "SessionsHeld", value: host.connections });
  measure({ metric: "SessionsWaitingForRoom", value: host.waiting });
  const connected = new Map(host.sessions.filter(({ phase }) => phase === "connected").map(({ ref }) => [ref.id, ref]));
  let [waiting, oldestMs] = [0, now()];
  for (const shard of host.heldShards) {
    for await (const { sessionId } of sessionsWithWork(db, shard)) {
      if (signal.aborted) return;
      const ref = connected.get(sessionId);
      // What waits for a session that is away waits rightly, up to a day.
      if (ref === undefined) continue;
      waiting++;
      oldestMs = Math.min(oldestMs, await oldestOf(db, ref, now()));
    }
  }
  measure({ metric: "CommandsWaiting", value: waiting });
  measure({ metric: "OldestCommand", value: Math.round((now() - oldestMs) / 1_000) });
}

/** When the oldest of a session's high and normal commands was accepted; a campaign's are meant to wait their turn. */
async function oldestOf(db: Db<"outbox">, ref: SessionRef, nowMs: number): Promise<number> {
  const heads = await Promise.all((["control", "high", "normal"] as const).map(lane => outboxHead(db, ref, lane, 1)));
  return Math.min(nowMs, ...heads.flat().map(({ acceptedAt }) => Date.parse(acceptedAt)));
}

/** Says how long after it was made each event was published. */
export function measuredTopic(topic: EventTopic, measure: Measure, now: Now): EventTopic {
  return {
    async publish(message) {
      await topic.publish(message);
      measure({ metric: "EventLag", value: Math.max(0, now() - Date.parse(message.event.createdAt)) });
    },
  };
}

const Table = z.object({ TableName: z.string() });
const Written = z.object({ Put: Table.optional(), Update: Table.optional(), Delete: Table.optional() });
const WriteInput = z.object({ TableName: z.string().optional(), TransactItems: z.array(Written).optional() });

const writes = new Set(["PutItemCommand", "UpdateItemCommand", "DeleteItemCommand", "TransactWriteItemsCommand"]);

/** Counts the items of one table that a client writes, whoever has it write them. */
export function countWrites(client: Db<never>["client"], table: string, measure: Measure): void {
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async given => {
        const answer = await next(given);
        const value = writes.has(commandName) ? itemsWritten(WriteInput.parse(given.input), table) : 0;
        if (value > 0) measure({ metric: "KeyWrites", value });
        return answer;
      },
    { step: "initialize", name: "countWrites" },
  );
}

function itemsWritten({ TableName, TransactItems = [] }: z.infer<typeof WriteInput>, table: string): number {
  const items = TransactItems.flatMap(({ Put, Update, Delete }) => [Put, Update, Delete]);
  return (TableName === table ? 1 : 0) + items.filter(item => item?.TableName === table).length;
}
