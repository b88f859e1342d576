import type { Item } from "dynalite/db/index.js";
import { AwsError } from "../aws-error.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { indexEntries } from "./index-entries.ts";
import type { StoredTable, TableDescription } from "./stored-table.ts";

type Definition = TableDescription["AttributeDefinitions"][number];
type NewIndex = Pick<
  NonNullable<TableDescription["GlobalSecondaryIndexes"]>[number],
  "IndexName" | "KeySchema" | "Projection"
>;

/** Adds a global secondary index and fills it from the items that are there, in one SQLite transaction. */
export function addIndex(
  engine: DynamoEngine,
  { id: _id, ...record }: StoredTable,
  wanted: NewIndex,
  definitions: readonly Definition[],
): StoredTable {
  const { description } = record;
  const existing = description.GlobalSecondaryIndexes ?? [];
  if (existing.some(index => index.IndexName === wanted.IndexName)) {
    throw validationException(`Attempting to create an index which already exists: ${wanted.IndexName}`);
  }
  const attributes = mergedDefinitions(description, definitions);
  const undefinedKey = wanted.KeySchema.find(key => !attributes.some(one => one.AttributeName === key.AttributeName));
  if (undefinedKey !== undefined) {
    throw validationException(`Index key attribute ${undefinedKey.AttributeName} is not in AttributeDefinitions`);
  }
  const index = {
    ...wanted,
    IndexArn: `${description.TableArn}/index/${wanted.IndexName}`,
    IndexStatus: "ACTIVE",
    IndexSizeBytes: 0,
    ItemCount: 0,
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
  };
  const indexId = engine.newIndexId();
  return engine.atomically(() => {
    const table = engine.saveTable({
      ...record,
      description: { ...description, AttributeDefinitions: attributes, GlobalSecondaryIndexes: [...existing, index] },
      indexIds: { ...record.indexIds, [wanted.IndexName]: indexId },
    });
    fill(engine, table, indexId);
    return table;
  });
}

function mergedDefinitions(table: TableDescription, more: readonly Definition[]): Definition[] {
  const known = table.AttributeDefinitions;
  return [...known, ...more.filter(one => !known.some(other => other.AttributeName === one.AttributeName))];
}

function fill({ database }: DynamoEngine, table: StoredTable, indexId: number): void {
  for (const { key, value } of database.itemsOf(table.id)) {
    const item: Item = JSON.parse(value);
    const entry = indexEntries(table, item).get(indexId);
    if (entry !== undefined) database.addEntry(indexId, entry, key);
  }
}

export function removeIndex(engine: DynamoEngine, { id: _id, ...record }: StoredTable, name: string): StoredTable {
  const { GlobalSecondaryIndexes: existing = [], ...description } = record.description;
  const { [name]: indexId, ...indexIds } = record.indexIds;
  const left = existing.filter(index => index.IndexName !== name);
  if (indexId === undefined || left.length === existing.length) {
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: index ${name}`);
  }
  return engine.atomically(() => {
    engine.database.clearIndex(indexId);
    const changed = left.length === 0 ? description : { ...description, GlobalSecondaryIndexes: left };
    return engine.saveTable({ ...record, description: changed, indexIds });
  });
}
