import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import * as z from "zod";

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));
const Projection = z.object({
  ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
  NonKeyAttributes: z.array(z.string()).optional(),
});
const Index = z.object({ IndexName: z.string(), KeySchema, Projection });
const TableProperties = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) })),
  BillingMode: z.literal("PAY_PER_REQUEST"),
  GlobalSecondaryIndexes: z.array(Index).optional(),
  KeySchema,
  LocalSecondaryIndexes: z.array(Index).optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.coerce.boolean() }).optional(),
});
type TableProperties = z.infer<typeof TableProperties>;

/** Makes the table, or adds to an existing one the indexes that it lacks, as CloudFormation would. */
export async function makeTable(
  dynamodb: DynamoDBClient,
  TableName: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { TimeToLiveSpecification, ...table } = TableProperties.parse(properties);
  const existing = await describe(dynamodb, TableName);
  if (existing === undefined) await dynamodb.send(new CreateTableCommand({ TableName, ...table }));
  else await addIndexes(dynamodb, TableName, table, existing);
  if (TimeToLiveSpecification !== undefined) await setTimeToLive(dynamodb, TableName, TimeToLiveSpecification);
}

async function describe(dynamodb: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function addIndexes(
  dynamodb: DynamoDBClient,
  TableName: string,
  { AttributeDefinitions, GlobalSecondaryIndexes = [] }: Omit<TableProperties, "TimeToLiveSpecification">,
  existing: TableDescription,
): Promise<void> {
  const known = new Set((existing.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName));
  for (const index of GlobalSecondaryIndexes.filter(({ IndexName }) => !known.has(IndexName))) {
    const GlobalSecondaryIndexUpdates = [{ Create: index }];
    await dynamodb.send(new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates }));
  }
}

async function setTimeToLive(
  dynamodb: DynamoDBClient,
  TableName: string,
  TimeToLiveSpecification: NonNullable<TableProperties["TimeToLiveSpecification"]>,
): Promise<void> {
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  // DynamoDB refuses to enable what is enabled.
  const enabled = TimeToLiveDescription?.TimeToLiveStatus === "ENABLED";
  if (enabled === TimeToLiveSpecification.Enabled) return;
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}
