import * as z from "zod";

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const Index = z.looseObject({
  IndexName: z.string(),
  KeySchema,
  Projection: z.object({ ProjectionType: z.string().optional(), NonKeyAttributes: z.array(z.string()).optional() }),
});

/** A table's description as DescribeTable answers it, without what `TableSettings` holds. */
export const TableDescription = z.looseObject({
  TableName: z.string(),
  TableArn: z.string(),
  TableStatus: z.string(),
  KeySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  LocalSecondaryIndexes: z.array(Index).optional(),
  GlobalSecondaryIndexes: z.array(Index).optional(),
});
export type TableDescription = z.infer<typeof TableDescription>;

/** What DynamoDB keeps of a table beside its description. */
export const TableSettings = z.strictObject({
  timeToLive: z.strictObject({ attribute: z.string(), enabled: z.boolean() }).optional(),
  deletionProtection: z.boolean().optional(),
  encryption: z.record(z.string(), z.unknown()).optional(),
  pointInTimeRecovery: z.boolean().optional(),
  tags: z.record(z.string(), z.string()).optional(),
});
export type TableSettings = z.infer<typeof TableSettings>;

/** What the database keeps of one table. `indexIds` names the number of each secondary index, by the index's name. */
export const TableRecord = z.strictObject({
  description: TableDescription,
  settings: TableSettings,
  indexIds: z.record(z.string(), z.int()),
});
export type TableRecord = z.infer<typeof TableRecord>;

export type StoredTable = TableRecord & { readonly id: number };

/** The secondary indexes of a table, local ones first. */
export function indexesOf({ description }: StoredTable): TableDescription["GlobalSecondaryIndexes"] & object {
  return [...(description.LocalSecondaryIndexes ?? []), ...(description.GlobalSecondaryIndexes ?? [])];
}
