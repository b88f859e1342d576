import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import type { Logger } from "../logger.ts";
import { runAction } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { dueRange, expiryDbKey, expiryOf, parseExpiryDbKey, wholeRange } from "./expiry-index.ts";
import { itemDbKey, WriteSet } from "./write-set.ts";

const deletedPerSweepMax = 1_000;

const StoredItem = z.record(z.string(), z.record(z.string(), z.unknown())).optional();
const UpdateTimeToLive = z.object({
  TableName: z.string(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string().min(1), Enabled: z.boolean() }),
});

/** UpdateTimeToLive. Setting what is set already is harmless, unlike on AWS, so that a start may repeat it. */
export async function updateTimeToLive(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const parsed = UpdateTimeToLive.safeParse(input);
  if (!parsed.success) throw validationException("TimeToLiveSpecification needs AttributeName and Enabled");
  const { TableName: table, TimeToLiveSpecification: wanted } = parsed.data;
  await engine.table(table);
  const current = engine.settings.of(table).timeToLive;
  if (current?.attribute !== wanted.AttributeName || current.enabled !== wanted.Enabled) {
    await engine.settings.change(table, { timeToLive: { attribute: wanted.AttributeName, enabled: wanted.Enabled } });
    await engine.store.db.clear(wholeRange(table));
    if (wanted.Enabled) await indexExpiries(engine, table, wanted.AttributeName);
  }
  return { TimeToLiveSpecification: wanted };
}

export async function describeTimeToLive(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const table = z.string().parse(input.TableName);
  await engine.table(table);
  const current = engine.settings.of(table).timeToLive;
  if (current?.enabled !== true) return { TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" } };
  return { TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: current.attribute } };
}

/** Puts what is in the table already into the expiry index; a write at the same time puts itself in. */
async function indexExpiries(engine: DynamoEngine, table: string, attribute: string): Promise<void> {
  const prefix = itemDbKey(table, "");
  for await (const [dbKey, value] of engine.store.db.iterator({ gte: prefix, lt: `${prefix}\xff` })) {
    const expiry = expiryOf(StoredItem.parse(value), attribute);
    if (expiry === undefined) continue;
    const key = expiryDbKey(table, expiry, dbKey.slice(prefix.length));
    await engine.store.db.batch([{ type: "put", key, value: 1 }]);
  }
}

/** Deletes what has expired, at most 1,000 items of a table at a time. Returns how many went. */
export async function sweepExpired(engine: DynamoEngine, nowMs: number): Promise<number> {
  const nowSeconds = Math.floor(nowMs / 1000);
  let deleted = 0;
  for (const [table, settings] of engine.settings.tables()) {
    if (settings.timeToLive?.enabled !== true) continue;
    const { attribute } = settings.timeToLive;
    const range = { ...dueRange(table, nowSeconds), limit: deletedPerSweepMax };
    for await (const dbKey of engine.store.db.keys(range)) {
      const { itemKey } = parseExpiryDbKey(table, dbKey);
      if (await deleteExpired(engine, { table, itemKey, attribute, nowSeconds, dbKey })) deleted += 1;
    }
  }
  return deleted;
}

/** Deletes one item if it is still due, with its index entries; an entry that no longer tells the truth just goes. */
function deleteExpired(
  engine: DynamoEngine,
  due: { table: string; itemKey: string; attribute: string; nowSeconds: number; dbKey: string },
): Promise<boolean> {
  const itemKey = itemDbKey(due.table, due.itemKey);
  return engine.locks.holding([itemKey], async () => {
    const item = StoredItem.parse(await engine.store.db.get(itemKey));
    const expiry = expiryOf(item, due.attribute);
    const writes = new WriteSet();
    const stillDue = item !== undefined && expiry !== undefined && expiry < due.nowSeconds;
    if (stillDue) {
      const table = await engine.table(due.table);
      const key = Object.fromEntries(table.KeySchema.map(({ AttributeName: name }) => [name, item[name]]));
      await runAction("DeleteItem", writes.over(engine.store), { TableName: due.table, Key: key });
    }
    await engine.commit(writes, [{ type: "del", key: due.dbKey }]);
    return stillDue;
  });
}

/** Calls `sweep` every `intervalMs` until stopped, never two at once. Stopping waits for the one that runs. */
export function startSweeper(options: { sweep: () => Promise<void>; intervalMs: number; log: Logger }): {
  stop(): Promise<void>;
} {
  let running = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = options
      .sweep()
      .catch(error => options.log.error("time to live sweep failed", { error }))
      .finally(() => {
        busy = false;
      });
  }, options.intervalMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      return running;
    },
  };
}
