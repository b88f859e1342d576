import type { Item } from "dynalite/db/index.js";
import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import type { Logger } from "../logger.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { expiryOf } from "./expiry.ts";
import type { StoredTable } from "./stored-table.ts";
import { changeSettings } from "./tables.ts";

const deletedPerSweepMax = 1_000;
// What expired longer ago stays (DynamoDB developer guide, "Using time to live").
const fiveYearsSeconds = 5 * 365 * 24 * 60 * 60;

const UpdateTimeToLive = z.object({
  TableName: z.string(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string().min(1), Enabled: z.boolean() }),
});

/** UpdateTimeToLive. Setting what is set already is harmless, unlike on AWS, so that a start may repeat it. */
export function updateTimeToLive(engine: DynamoEngine, input: JsonObject): JsonObject {
  const parsed = UpdateTimeToLive.safeParse(input);
  if (!parsed.success) throw validationException("TimeToLiveSpecification needs AttributeName and Enabled");
  const { TableName, TimeToLiveSpecification: wanted } = parsed.data;
  const table = engine.table(TableName);
  const current = table.settings.timeToLive;
  if (current?.attribute !== wanted.AttributeName || current.enabled !== wanted.Enabled) {
    engine.atomically(() => {
      const timeToLive = { attribute: wanted.AttributeName, enabled: wanted.Enabled };
      markExpiries(engine, changeSettings(engine, table, { timeToLive }));
    });
  }
  return { TimeToLiveSpecification: wanted };
}

export function describeTimeToLive(engine: DynamoEngine, input: JsonObject): JsonObject {
  const { timeToLive } = engine.table(z.string().parse(input.TableName)).settings;
  if (timeToLive?.enabled !== true) return { TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" } };
  return { TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive.attribute } };
}

/** Marks the items that are there already with their time; later writes mark themselves. */
function markExpiries({ database }: DynamoEngine, table: StoredTable): void {
  database.clearExpiries(table.id);
  for (const { key, value } of [...database.itemsOf(table.id)]) {
    const expires = expiryOf(JSON.parse(value), table.settings.timeToLive);
    if (expires !== null) database.setExpiry(table.id, key, expires);
  }
}

/** Deletes what has expired, at most 1,000 items of a table at a time. Returns how many went. */
export function sweepExpired(engine: DynamoEngine, nowMs: number): number {
  const nowSeconds = Math.floor(nowMs / 1000);
  let deleted = 0;
  for (const table of engine.tables) {
    if (table.settings.timeToLive?.enabled !== true) continue;
    const from = Math.max(0, nowSeconds - fiveYearsSeconds);
    const due = engine.database.expired(table.id, from, nowSeconds, deletedPerSweepMax);
    if (due.length === 0) continue;
    engine.database.atomically(() => {
      for (const { key, value } of due) {
        const item: Item = JSON.parse(value);
        engine.writeItem({ table, key }, item, undefined);
      }
    });
    deleted += due.length;
  }
  return deleted;
}

/** Calls `sweep` every `intervalMs` until stopped. */
export function startSweeper(options: { sweep: () => void; intervalMs: number; log: Logger }): { stop(): void } {
  const timer = setInterval(() => {
    try {
      options.sweep();
    } catch (error) {
      options.log.error("time to live sweep failed", { error });
    }
  }, options.intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
