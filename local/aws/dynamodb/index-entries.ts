import dynalite, { type Item } from "dynalite/db/index.js";
import { indexesOf, type StoredTable, type TableDescription } from "./stored-table.ts";

type Index = NonNullable<TableDescription["GlobalSecondaryIndexes"]>[number];

/** The encoded key under which each index of a table holds an item, by the index's number. */
export function indexEntries(table: StoredTable, item: Item | undefined): ReadonlyMap<number, string> {
  const entries = new Map<number, string>();
  if (item === undefined) return entries;
  for (const index of indexesOf(table)) {
    const indexId = table.indexIds[index.IndexName];
    if (indexId !== undefined && hasKeysOf(index, table.description, item))
      entries.set(indexId, dynalite.createKey(item, table.description, index.KeySchema));
  }
  return entries;
}

/** Whether the item is in the index: one without an index key, or with a key of another type, stays out, as on AWS. */
function hasKeysOf(index: Index, { AttributeDefinitions }: TableDescription, item: Item): boolean {
  return index.KeySchema.every(({ AttributeName: name }) => {
    const type = AttributeDefinitions.find(one => one.AttributeName === name)?.AttributeType;
    return type !== undefined && item[name]?.[type] !== undefined;
  });
}

/** The part of an item that an index shows. */
export function projected(item: Item, index: Index, { KeySchema }: TableDescription): Item {
  if (index.Projection.ProjectionType === "ALL") return item;
  const keys = [...KeySchema, ...index.KeySchema].map(key => key.AttributeName);
  const shown = new Set([...keys, ...(index.Projection.NonKeyAttributes ?? [])]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => shown.has(name)));
}
