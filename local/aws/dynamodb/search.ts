import dynalite, { type Item, type KeyRange } from "dynalite/db/index.js";
import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { startAction } from "./actions.ts";
import type { ItemRow, Position } from "./database.ts";
import { projected } from "./index-entries.ts";
import { itemStore } from "./item-store.ts";
import type { ItemTables } from "./item-tables.ts";
import { indexesOf, type StoredTable } from "./stored-table.ts";

const pageBytesMax = 1024 * 1024;

const Searched = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  Limit: z.number().optional(),
  Select: z.string().optional(),
  ExclusiveStartKey: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  ConsistentRead: z.boolean().optional(),
  ScanIndexForward: z.boolean().optional(),
  ReturnConsumedCapacity: z.string().optional(),
  ConditionalOperator: z.string().optional(),
  QueryFilter: z.looseObject({}).optional(),
  ScanFilter: z.looseObject({}).optional(),
  AttributesToGet: z.array(z.string()).optional(),
  _filter: z.object({ expression: z.looseObject({}) }).optional(),
  _projection: z.object({ paths: z.array(z.unknown()) }).optional(),
});
type Searched = z.infer<typeof Searched>;
type Index = ReturnType<typeof indexesOf>[number];

interface Page {
  readonly items: readonly Item[];
  /** Where the page ended before the range did, the item it ended with. */
  readonly last: Item | undefined;
  readonly bytes: number;
}

/**
 * Query and Scan. dynalite checks the request and works out the range of keys; the items of the range are read here,
 * up to the limit or 1 MB (DynamoDB API reference, Query), filtered and cut to the attributes asked for.
 */
export function search(engine: ItemTables, name: "Query" | "Scan", data: JsonObject): JsonObject {
  const range = rangeOf(engine, name, data);
  const asked = Searched.parse(data);
  const table = engine.table(asked.TableName);
  const index = indexesOf(table).find(one => one.IndexName === asked.IndexName);
  const page = pageOf(rowsOf(engine, table, index, range, asked), table, index, asked);
  const found = page.items.filter(filterOf(asked));
  const paths = asked._projection?.paths ?? asked.AttributesToGet;
  const shown = paths === undefined ? found : found.map(item => dynalite.mapPaths(paths, item));
  return {
    Count: found.length,
    ScannedCount: page.items.length,
    ...(asked.Select === "COUNT" ? {} : { Items: shown }),
    ...(page.last === undefined ? {} : { LastEvaluatedKey: keyOf(page.last, table, index) }),
    ...consumedCapacity(asked, table, index, page.bytes),
  };
}

function rangeOf(engine: ItemTables, name: "Query" | "Scan", data: JsonObject): KeyRange {
  let range: KeyRange | undefined;
  const store = itemStore(engine, {
    onRange: told => {
      range = told;
    },
  });
  startAction(name, store, data);
  if (range === undefined) throw new Error(`dynalite's ${name} did not tell its range of keys`);
  return range;
}

function rowsOf(
  engine: ItemTables,
  table: StoredTable,
  index: Index | undefined,
  { gte, gt, lte, lt, reverse }: KeyRange,
  { ExclusiveStartKey: start }: Searched,
): Generator<ItemRow> {
  const after = start === undefined ? undefined : positionOf(start, table, index);
  // dynalite puts the start in the place of the bound on its side, in an encoding of its own for indexes.
  const lower = after !== undefined && reverse !== true ? {} : { gte, gt };
  const upper = after !== undefined && reverse === true ? {} : { lte, lt };
  const range = { ...lower, ...upper, reverse: reverse === true };
  const indexId = index === undefined ? undefined : table.indexIds[index.IndexName];
  if (indexId === undefined) return engine.database.itemsOf(table.id, range, after?.item);
  return engine.database.itemsOfIndex(table.id, indexId, range, after);
}

function positionOf(start: Item, { description }: StoredTable, index: Index | undefined): Position {
  const entry = index === undefined ? "" : dynalite.createKey(start, description, index.KeySchema);
  return { entry, item: dynalite.createKey(start, description) };
}

function pageOf(
  rows: Generator<ItemRow>,
  { description }: StoredTable,
  index: Index | undefined,
  { Limit: limit = Number.POSITIVE_INFINITY, Select }: Searched,
): Page {
  const rangeKey = description.KeySchema[1]?.AttributeName;
  const whole = index === undefined || Select === "ALL_ATTRIBUTES";
  const items: Item[] = [];
  let bytes = 0;
  let counted = 0;
  for (const row of rows) {
    const item: Item = JSON.parse(row.value);
    const seen = whole ? item : projected(item, index, description);
    items.push(seen);
    counted += dynalite.itemSize(seen, true, true, rangeKey);
    bytes += dynalite.itemSize(seen);
    if (items.length >= limit || counted >= pageBytesMax) return { items, last: seen, bytes };
  }
  return { items, last: undefined, bytes };
}

function filterOf(asked: Searched): (item: Item) => boolean {
  const expression = asked._filter?.expression;
  if (expression !== undefined) return item => dynalite.matchesExprFilter(item, expression);
  const filter = asked.QueryFilter ?? asked.ScanFilter;
  if (filter === undefined) return () => true;
  return item => dynalite.matchesFilter(item, filter, asked.ConditionalOperator);
}

function keyOf(item: Item, { description }: StoredTable, index: Index | undefined): Item {
  const elements = [...description.KeySchema, ...(index?.KeySchema ?? [])];
  return Object.fromEntries(elements.map(({ AttributeName: name }) => [name, item[name] ?? {}]));
}

function consumedCapacity(asked: Searched, table: StoredTable, index: Index | undefined, bytes: number): JsonObject {
  const detail = asked.ReturnConsumedCapacity;
  if (detail !== "TOTAL" && detail !== "INDEXES") return {};
  const units = Math.ceil(bytes / 1024 / 4) * (asked.ConsistentRead === true ? 1 : 0.5);
  const isLocal = table.description.LocalSecondaryIndexes?.some(one => one === index) === true;
  const ofIndex = {
    [isLocal ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes"]: {
      [index?.IndexName ?? ""]: { CapacityUnits: units },
    },
  };
  return {
    ConsumedCapacity: {
      CapacityUnits: units,
      TableName: asked.TableName,
      ...(detail === "INDEXES" ? { Table: { CapacityUnits: index === undefined ? units : 0 } } : {}),
      ...(detail === "INDEXES" && index !== undefined ? ofIndex : {}),
    },
  };
}
