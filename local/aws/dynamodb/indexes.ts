import dynalite, { type AttributeDefinition, type IndexDescription, type TableDescription } from "dynalite/db/index.js";
import * as z from "zod";
import { AwsError } from "../aws-error.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { indexDbKey, itemDbKey } from "./write-set.ts";

const StoredItem = z.record(z.string(), z.record(z.string(), z.unknown())).optional();

/**
 * Adds a global secondary index and fills it from the items that are there. Writes during that time keep it up
 * themselves, because the index is in the table's description before the first item is read.
 */
export async function addIndex(
  engine: DynamoEngine,
  tableName: string,
  wanted: Pick<IndexDescription, "IndexName" | "KeySchema" | "Projection">,
  definitions: readonly AttributeDefinition[],
): Promise<void> {
  const table = await engine.table(tableName);
  const existing = table.GlobalSecondaryIndexes ?? [];
  if (existing.some(index => index.IndexName === wanted.IndexName)) {
    throw validationException(`Attempting to create an index which already exists: ${wanted.IndexName}`);
  }
  const attributes = mergedDefinitions(table, definitions);
  const undefinedKey = wanted.KeySchema.find(key => !attributes.some(one => one.AttributeName === key.AttributeName));
  if (undefinedKey !== undefined) {
    throw validationException(`Index key attribute ${undefinedKey.AttributeName} is not in AttributeDefinitions`);
  }
  const index = {
    ...wanted,
    IndexArn: `${table.TableArn}/index/${wanted.IndexName}`,
    IndexStatus: "CREATING",
    IndexSizeBytes: 0,
    ItemCount: 0,
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
  };
  const changed = { ...table, AttributeDefinitions: attributes, GlobalSecondaryIndexes: [...existing, index] };
  await saveTable(engine, changed);
  await fillIndex(engine, tableName, wanted.IndexName);
}

function mergedDefinitions(table: TableDescription, more: readonly AttributeDefinition[]): AttributeDefinition[] {
  const known = table.AttributeDefinitions;
  return [...known, ...more.filter(one => !known.some(other => other.AttributeName === one.AttributeName))];
}

/** Writes the index entries of every item, each under the item's lock, and then says that the index is ACTIVE. */
export async function fillIndex(engine: DynamoEngine, tableName: string, indexName: string): Promise<void> {
  const table = await engine.table(tableName);
  const indexes = (table.GlobalSecondaryIndexes ?? []).filter(index => index.IndexName === indexName);
  const prefix = itemDbKey(tableName, "");
  for await (const dbKey of engine.store.db.keys({ gte: prefix, lt: `${prefix}\xff` })) {
    await engine.locks.holding([dbKey], async () => {
      const item = StoredItem.parse(await engine.store.db.get(dbKey));
      if (item === undefined || !hasIndexKeys(table, indexes, item)) return;
      const { puts } = dynalite.getIndexActions(indexes, null, item, table);
      const entries = puts.map(put => ({
        type: "put" as const,
        key: indexDbKey(tableName, put.index, put.key),
        value: put.item,
      }));
      if (entries.length > 0) await engine.store.db.batch(entries);
    });
  }
  const filled = await engine.table(tableName);
  const active = (filled.GlobalSecondaryIndexes ?? []).map(index =>
    index.IndexName === indexName ? { ...index, IndexStatus: "ACTIVE" } : index,
  );
  await saveTable(engine, { ...filled, GlobalSecondaryIndexes: active });
}

/** Items whose index key has another type stay out of the index, as on AWS. */
function hasIndexKeys(
  table: TableDescription,
  indexes: readonly IndexDescription[],
  item: Record<string, object>,
): boolean {
  return indexes.every(index =>
    index.KeySchema.every(({ AttributeName: name }) => {
      const type = table.AttributeDefinitions.find(one => one.AttributeName === name)?.AttributeType;
      return type !== undefined && item[name] !== undefined && type in item[name];
    }),
  );
}

export async function removeIndex(engine: DynamoEngine, tableName: string, indexName: string): Promise<void> {
  const { GlobalSecondaryIndexes: existing = [], ...table } = await engine.table(tableName);
  const left = existing.filter(index => index.IndexName !== indexName);
  if (left.length === existing.length) {
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: index ${indexName}`);
  }
  await saveTable(engine, left.length === 0 ? table : { ...table, GlobalSecondaryIndexes: left });
  const prefix = indexDbKey(tableName, indexName, "");
  await engine.store.db.clear({ gte: prefix, lt: `${prefix}\xff` });
}

async function saveTable(engine: DynamoEngine, table: TableDescription): Promise<void> {
  await engine.store.db.batch([{ type: "put", key: `table~${table.TableName}`, value: table }]);
}
