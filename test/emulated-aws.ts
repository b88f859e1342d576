import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { shardName } from "../domain/command/shard.ts";
import { type Db, openDb } from "../domain/dynamodb/db.ts";
import { type IndexShape, type TableId, type TableNames, type TableShape, tables } from "../domain/tables.ts";
import { accountId, type InstalledFront, installFront, region } from "./local/aws/installed-front.ts";

/**
 * The product's own tables, command queues, event topic and encryption key on the embedded emulators, with the AWS
 * SDK's environment pointed at them: every client made afterwards in this process talks to them as the runner.
 */
export interface EmulatedAws {
  readonly installed: InstalledFront;
  readonly db: Db;
  /** What a process of the product finds in its environment. */
  readonly environment: Record<string, string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const shardCountOfTests = 4;
export const mediaBucketOfTests = "wasaas-media";

/** `options` reach the front: its faults, its clock. */
export async function emulatedAws(options: Parameters<typeof installFront>[0] = {}): Promise<EmulatedAws> {
  const installed = await installFront(options);
  const { endpoint, credentials } = installed.runner;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  const table = await createTables();
  const queueUrl = await createQueues();
  const deliveries = await new SQSClient().send(new CreateQueueCommand({ QueueName: "wasaas-deliveries" }));
  const imports = await new SQSClient().send(new CreateQueueCommand({ QueueName: "wasaas-imports" }));
  const deletions = await new SQSClient().send(new CreateQueueCommand({ QueueName: "wasaas-tenant-deletions" }));
  const campaigns = await new SQSClient().send(new CreateQueueCommand({ QueueName: "wasaas-campaigns" }));
  const pacer = await new SQSClient().send(new CreateQueueCommand({ QueueName: "wasaas-pacer" }));
  const topic = await new SNSClient().send(new CreateTopicCommand({ Name: "events" }));
  await new S3Client().send(new CreateBucketCommand({ Bucket: mediaBucketOfTests }));
  installed.front.kms.ensureKey("installation");
  const environment = {
    ...Object.fromEntries(Object.entries(table).map(([id, name]) => [`TABLE_${id.toUpperCase()}`, name])),
    COMMAND_QUEUE_URL: queueUrl,
    SHARD_COUNT: String(shardCountOfTests),
    DELIVERY_QUEUE_URL: deliveries.QueueUrl ?? "",
    ENDPOINT_SLOTS_MAX: "4",
    IMPORT_QUEUE_URL: imports.QueueUrl ?? "",
    CAMPAIGN_QUEUE_URL: campaigns.QueueUrl ?? "",
    PACER_QUEUE_URL: pacer.QueueUrl ?? "",
    TENANT_DELETION_QUEUE_URL: deletions.QueueUrl ?? "",
    EVENT_TOPIC_ARN: topic.TopicArn ?? "",
    MEDIA_BUCKET: mediaBucketOfTests,
    MEDIA_DAYS: "90",
    ENCRYPTION_KEY_ARN: `arn:aws:kms:${region}:${accountId}:key/installation`,
  };
  return { installed, db: openDb(table), environment, [Symbol.asyncDispose]: () => installed.remove() };
}

async function createTables(): Promise<TableNames> {
  const client = new DynamoDBClient();
  for (const [id, shape] of Object.entries<TableShape>(tables)) {
    const indexes = Object.entries(shape.indexes);
    const names = ["pk", "sk", ...indexes.flatMap(([, index]) => keysOf(index))];
    await client.send(
      new CreateTableCommand({
        TableName: `wasaas-${id}`,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: keySchema("pk", "sk"),
        AttributeDefinitions: [...new Set(names)].map(name => ({ AttributeName: name, AttributeType: "S" })),
        GlobalSecondaryIndexes: indexes.length === 0 ? undefined : indexes.map(secondaryIndex),
      }),
    );
  }
  const ids = Object.keys(tables) as TableId[];
  return Object.fromEntries(ids.map(id => [id, `wasaas-${id}`])) as TableNames;
}

const keysOf = (index: IndexShape) =>
  index.sortKey === undefined ? [index.partitionKey] : [index.partitionKey, index.sortKey];

function keySchema(partitionKey: string, sortKey?: string) {
  const hash = { AttributeName: partitionKey, KeyType: "HASH" as const };
  return sortKey === undefined ? [hash] : [hash, { AttributeName: sortKey, KeyType: "RANGE" as const }];
}

function secondaryIndex([IndexName, index]: [string, IndexShape]) {
  const Projection = { ProjectionType: index.projection };
  return { IndexName, KeySchema: keySchema(index.partitionKey, index.sortKey), Projection };
}

async function createQueues(): Promise<string> {
  const sqs = new SQSClient();
  let first = "";
  for (let shard = shardCountOfTests - 1; shard >= 0; shard--) {
    const made = await sqs.send(new CreateQueueCommand({ QueueName: `wasaas-commands-${shardName(shard)}` }));
    first = made.QueueUrl ?? "";
  }
  return first;
}
