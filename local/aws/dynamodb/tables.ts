import type { TableDescription } from "dynalite/db/index.js";
import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { runAction, validated } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { wholeRange } from "./expiry-index.ts";
import { addIndex, fillIndex, removeIndex } from "./indexes.ts";

const KeptProperties = z.object({
  TableName: z.string(),
  DeletionProtectionEnabled: z.boolean().optional(),
  SSESpecification: z.record(z.string(), z.unknown()).optional(),
});

const UpdateTable = KeptProperties.extend({
  AttributeDefinitions: z
    .array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) }))
    .optional(),
  GlobalSecondaryIndexUpdates: z
    .array(
      z.object({
        Create: z
          .object({
            IndexName: z.string(),
            KeySchema: z
              .array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }))
              .min(1)
              .max(2),
            Projection: z.object({
              ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
              NonKeyAttributes: z.array(z.string()).optional(),
            }),
          })
          .optional(),
        Delete: z.object({ IndexName: z.string() }).optional(),
        Update: z.unknown().optional(),
      }),
    )
    .optional(),
});

/** CreateTable; the table is ACTIVE when it returns. */
export async function createTable(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const kept = KeptProperties.parse(input);
  await runAction("CreateTable", engine.store, validated("CreateTable", input, engine.store));
  await untilActive(engine, kept.TableName);
  await keep(engine, kept);
  return { TableDescription: await described(engine, kept.TableName) };
}

/** dynalite changes a table's status in a timer of its own; nothing may be missing if the process dies before it. */
async function untilActive(engine: DynamoEngine, name: string): Promise<void> {
  while ((await engine.tableInAnyStatus(name)).TableStatus !== "ACTIVE") {
    await new Promise(resolve => setTimeout(resolve, 1));
  }
}

async function keep(engine: DynamoEngine, kept: z.infer<typeof KeptProperties>): Promise<void> {
  const change = {
    ...(kept.DeletionProtectionEnabled === undefined ? {} : { deletionProtection: kept.DeletionProtectionEnabled }),
    ...(kept.SSESpecification === undefined ? {} : { encryption: kept.SSESpecification }),
  };
  if (Object.keys(change).length > 0) await engine.settings.change(kept.TableName, change);
}

export async function describeTable(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const { TableName } = z.object({ TableName: z.string() }).parse(validated("DescribeTable", input, engine.store));
  const output = await runAction("DescribeTable", engine.store, { TableName });
  return { Table: { ...z.record(z.string(), z.unknown()).parse(output.Table), ...settingsOf(engine, TableName) } };
}

async function described(engine: DynamoEngine, TableName: string): Promise<unknown> {
  const { Table } = await describeTable(engine, { TableName });
  return Table;
}

function settingsOf(engine: DynamoEngine, table: string): JsonObject {
  const settings = engine.settings.of(table);
  const encrypted = settings.encryption?.SSEEnabled === true;
  return {
    DeletionProtectionEnabled: settings.deletionProtection ?? false,
    ...(encrypted ? { SSEDescription: { Status: "ENABLED", SSEType: settings.encryption?.SSEType ?? "KMS" } } : {}),
  };
}

/**
 * UpdateTable: global secondary indexes added (and filled before it returns) or deleted, deletion protection and
 * encryption kept. Billing mode and throughput are accepted and mean nothing here.
 */
export async function updateTable(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const parsed = UpdateTable.safeParse(input);
  if (!parsed.success) throw validationException(z.prettifyError(parsed.error));
  const update = parsed.data;
  await engine.table(update.TableName);
  for (const { Create, Delete } of update.GlobalSecondaryIndexUpdates ?? []) {
    if (Create !== undefined) await addIndex(engine, update.TableName, Create, update.AttributeDefinitions ?? []);
    if (Delete !== undefined) await removeIndex(engine, update.TableName, Delete.IndexName);
  }
  await keep(engine, update);
  return { TableDescription: await described(engine, update.TableName) };
}

export async function deleteTable(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const { TableName } = z.object({ TableName: z.string() }).parse(validated("DeleteTable", input, engine.store));
  if (engine.settings.of(TableName).deletionProtection === true) {
    throw validationException(
      `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. Table: ${TableName}`,
    );
  }
  const output = await runAction("DeleteTable", engine.store, { TableName });
  await forget(engine, TableName);
  return output;
}

async function forget(engine: DynamoEngine, name: string): Promise<void> {
  await engine.settings.forget(name);
  await engine.store.db.clear(wholeRange(name));
  await engine.store.db.batch([{ type: "del", key: `table~${name}` }]);
}

export async function describeContinuousBackups(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const table = z.string().parse(input.TableName);
  await engine.table(table);
  const status = engine.settings.of(table).pointInTimeRecovery === true ? "ENABLED" : "DISABLED";
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: status },
    },
  };
}

/** UpdateContinuousBackups: kept and described; there are no backups here. */
export async function updateContinuousBackups(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const { TableName, PointInTimeRecoverySpecification: wanted } = z
    .object({
      TableName: z.string(),
      PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.boolean() }),
    })
    .parse(input);
  await engine.table(TableName);
  await engine.settings.change(TableName, { pointInTimeRecovery: wanted.PointInTimeRecoveryEnabled });
  return describeContinuousBackups(engine, { TableName });
}

/** Brings to an end what a kill interrupted: tables and indexes being made, and tables being deleted. */
export async function repairTables(engine: DynamoEngine): Promise<void> {
  for (const table of await engine.tables()) {
    if (table.TableStatus === "DELETING") {
      await engine.store.db.clear({ gte: `item-${table.TableName}~`, lt: `item-${table.TableName}~\xff` });
      await engine.store.db.clear({
        gte: `index-global~${table.TableName}~`,
        lt: `index-global~${table.TableName}~\xff`,
      });
      await forget(engine, table.TableName);
    } else if (isUnfinished(table)) {
      await engine.store.db.batch([
        { type: "put", key: `table~${table.TableName}`, value: { ...table, TableStatus: "ACTIVE" } },
      ]);
      for (const index of table.GlobalSecondaryIndexes ?? []) {
        if (index.IndexStatus !== "ACTIVE") await fillIndex(engine, table.TableName, index.IndexName);
      }
    }
  }
}

function isUnfinished(table: TableDescription): boolean {
  const indexes = table.GlobalSecondaryIndexes ?? [];
  return table.TableStatus !== "ACTIVE" || indexes.some(index => index.IndexStatus !== "ACTIVE");
}
