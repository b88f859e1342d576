import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import { validated } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { addIndex, removeIndex } from "./indexes.ts";
import { type StoredTable, TableDescription, type TableSettings } from "./stored-table.ts";
import { changedThroughput, Throughput } from "./throughput.ts";

const KeptProperties = z.object({
  DeletionProtectionEnabled: z.boolean().optional(),
  SSESpecification: z.record(z.string(), z.unknown()).optional(),
});
const Named = z.object({ TableName: z.string() });
const Index = z.looseObject({ IndexName: z.string() });
const Created = z.looseObject({
  TableName: z.string(),
  BillingMode: z.string().optional(),
  ProvisionedThroughput: Throughput.optional(),
  LocalSecondaryIndexes: z.array(Index).optional(),
  GlobalSecondaryIndexes: z.array(Index).optional(),
});
const UpdateTable = KeptProperties.extend({
  TableName: z.string(),
  BillingMode: z.string().optional(),
  ProvisionedThroughput: Throughput.optional(),
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

/** CreateTable; the table is ACTIVE when it returns. Throws ResourceInUseException where there is one of that name. */
export function createTable(engine: DynamoEngine, input: JsonObject): JsonObject {
  const kept = KeptProperties.parse(input);
  const { BillingMode, ...asked } = Created.parse(validated("CreateTable", input, engine));
  const { TableName } = asked;
  if (engine.findTable(TableName) !== undefined) {
    throw new AwsError("ResourceInUseException", `Table already exists: ${TableName}`);
  }
  const TableArn = `arn:aws:dynamodb:${engine.region}:${engine.accountId}:table/${TableName}`;
  const createdAt = Date.now() / 1000;
  const indexed = (index: z.infer<typeof Index>) => ({
    ...index,
    IndexArn: `${TableArn}/index/${index.IndexName}`,
    IndexSizeBytes: 0,
    ItemCount: 0,
  });
  const description = TableDescription.parse({
    ...asked,
    TableArn,
    TableId: randomUUID(),
    CreationDateTime: createdAt,
    ItemCount: 0,
    TableSizeBytes: 0,
    TableStatus: "ACTIVE",
    ProvisionedThroughput: { ...noThroughput, ...asked.ProvisionedThroughput },
    ...(BillingMode === "PAY_PER_REQUEST" ? payPerRequest(createdAt) : {}),
    ...(asked.LocalSecondaryIndexes && { LocalSecondaryIndexes: asked.LocalSecondaryIndexes.map(indexed) }),
    ...(asked.GlobalSecondaryIndexes && {
      GlobalSecondaryIndexes: asked.GlobalSecondaryIndexes.map(index => ({
        ...indexed(index),
        IndexStatus: "ACTIVE",
        ProvisionedThroughput: { ...noThroughput, ...Throughput.optional().parse(index.ProvisionedThroughput) },
      })),
    }),
  });
  const all = [...(description.LocalSecondaryIndexes ?? []), ...(description.GlobalSecondaryIndexes ?? [])];
  const indexIds = Object.fromEntries(all.map(({ IndexName }) => [IndexName, engine.newIndexId()]));
  return { TableDescription: described(engine.saveTable({ description, indexIds, settings: settingsOf(kept) })) };
}

const noThroughput = { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 };

function payPerRequest(sinceSeconds: number): JsonObject {
  return {
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST", LastUpdateToPayPerRequestDateTime: sinceSeconds },
    TableThroughputModeSummary: { TableThroughputMode: "PAY_PER_REQUEST" },
  };
}

function settingsOf(kept: z.infer<typeof KeptProperties>): TableSettings {
  return {
    ...(kept.DeletionProtectionEnabled === undefined ? {} : { deletionProtection: kept.DeletionProtectionEnabled }),
    ...(kept.SSESpecification === undefined ? {} : { encryption: kept.SSESpecification }),
  };
}

export function describeTable(engine: DynamoEngine, input: JsonObject): JsonObject {
  return { Table: described(namedTable(engine, Named.parse(validated("DescribeTable", input, engine)).TableName)) };
}

function described({ description, settings }: StoredTable): JsonObject {
  const { encryption, deletionProtection = false } = settings;
  return {
    ...description,
    DeletionProtectionEnabled: deletionProtection,
    ...(encryption?.SSEEnabled === true
      ? { SSEDescription: { Status: "ENABLED", SSEType: encryption.SSEType ?? "KMS" } }
      : {}),
  };
}

/** Throws ResourceNotFoundException with the table's name, as the operations on whole tables do. */
function namedTable(engine: DynamoEngine, name: string): StoredTable {
  const table = engine.findTable(name);
  if (table !== undefined) return table;
  throw new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
}

export function listTables(engine: DynamoEngine, input: JsonObject): JsonObject {
  const Asked = z.object({ Limit: z.number().default(100), ExclusiveStartTableName: z.string().default("") });
  const { Limit, ExclusiveStartTableName: start } = Asked.parse(validated("ListTables", input, engine));
  const all = [...engine.tables].map(({ description }) => description.TableName).sort();
  const names = all.filter(name => name > start);
  const TableNames = names.slice(0, Limit);
  return names.length > Limit ? { TableNames, LastEvaluatedTableName: TableNames.at(-1) } : { TableNames };
}

/**
 * UpdateTable: global secondary indexes added (and filled before it returns) or deleted; billing mode, throughput,
 * deletion protection and encryption kept. The whole update is one SQLite transaction.
 */
export function updateTable(engine: DynamoEngine, input: JsonObject): JsonObject {
  const parsed = UpdateTable.safeParse(input);
  if (!parsed.success) throw validationException(z.prettifyError(parsed.error));
  const update = parsed.data;
  const before = engine.table(update.TableName);
  const { id: _id, ...record } = before;
  const description = { ...before.description, ...changedThroughput(before.description, update) };
  const settings = { ...before.settings, ...settingsOf(update) };
  const changed = { ...record, description: TableDescription.parse(description), settings };
  return engine.atomically(() => {
    let table = engine.saveTable(changed);
    for (const { Create, Delete } of update.GlobalSecondaryIndexUpdates ?? []) {
      if (Create !== undefined) table = addIndex(engine, table, Create, update.AttributeDefinitions ?? []);
      if (Delete !== undefined) table = removeIndex(engine, table, Delete.IndexName);
    }
    return { TableDescription: described(table) };
  });
}

export function deleteTable(engine: DynamoEngine, input: JsonObject): JsonObject {
  const table = namedTable(engine, Named.parse(validated("DeleteTable", input, engine)).TableName);
  if (table.settings.deletionProtection === true) {
    throw validationException(
      `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. Table: ${table.description.TableName}`,
    );
  }
  engine.deleteTable(table);
  return { TableDescription: { ...described(table), TableStatus: "DELETING" } };
}

export function describeContinuousBackups(engine: DynamoEngine, input: JsonObject): JsonObject {
  const { settings } = engine.table(z.string().parse(input.TableName));
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription: {
        PointInTimeRecoveryStatus: settings.pointInTimeRecovery === true ? "ENABLED" : "DISABLED",
      },
    },
  };
}

/** UpdateContinuousBackups: kept and described; there are no backups here. */
export function updateContinuousBackups(engine: DynamoEngine, input: JsonObject): JsonObject {
  const { TableName, PointInTimeRecoverySpecification: wanted } = z
    .object({
      TableName: z.string(),
      PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.boolean() }),
    })
    .parse(input);
  changeSettings(engine, engine.table(TableName), { pointInTimeRecovery: wanted.PointInTimeRecoveryEnabled });
  return describeContinuousBackups(engine, { TableName });
}

/** Keeps some settings of a table beside the others. */
export function changeSettings(
  engine: DynamoEngine,
  { id: _id, ...record }: StoredTable,
  change: TableSettings,
): StoredTable {
  return engine.saveTable({ ...record, settings: { ...record.settings, ...change } });
}
