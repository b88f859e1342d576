import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { DynamoEngine } from "../../local/aws/dynamodb/engine.ts";
import { createTable } from "../../local/aws/dynamodb/tables.ts";
import { transactWrite } from "../../local/aws/dynamodb/transact-write.ts";
import { TransactionTokens } from "../../local/aws/dynamodb/transaction-tokens.ts";
import { region } from "../local/aws/installed-front.ts";
import type { Bench, Figure } from "./bench.ts";
import { cpuSeconds } from "./processes.ts";

const TableName = "bench";
const calls = 2_000;
const warmUp = 300;
const table = {
  TableName,
  BillingMode: "PAY_PER_REQUEST" as const,
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ],
  AttributeDefinitions: ["pk", "sk", "owner"].map(AttributeName => ({ AttributeName, AttributeType: "S" as const })),
  GlobalSecondaryIndexes: [
    {
      IndexName: "byOwner",
      KeySchema: [
        { AttributeName: "owner", KeyType: "HASH" as const },
        { AttributeName: "sk", KeyType: "RANGE" as const },
      ],
      Projection: { ProjectionType: "ALL" as const },
    },
  ],
};

const keyOf = (place: number) => ({ pk: `tenant#${place % 50}`, sk: `message#${place}` });
/** Some 400 bytes: a stored message is twice as long. */
const itemOf = (place: number) => ({
  ...keyOf(place),
  owner: `owner#${place % 7}`,
  version: 1,
  status: "queued",
  text: "hello ".repeat(20),
  about: { at: "2026-11-29T10:00:00.000Z", tags: ["one", "two"] },
});

type Plain = string | number | readonly Plain[] | { readonly [name: string]: Plain };

/** A value as it goes over the wire. */
function attribute(value: Plain): Record<string, unknown> {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  return isList(value) ? { L: value.map(attribute) } : { M: attributes(value) };
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

function attributes(values: { readonly [name: string]: Plain }): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, attribute(value)]));
}

/** The four calls, in the shape in which the document client takes them. */
const requests = {
  get: (place: number) => ({ TableName, Key: keyOf(place), ConsistentRead: true }),
  update: (place: number) => ({
    TableName,
    Key: keyOf(place),
    UpdateExpression: "SET #status = :status ADD #version :one",
    ConditionExpression: "attribute_exists(#pk)",
    ExpressionAttributeNames: { "#status": "status", "#version": "version", "#pk": "pk" },
    ExpressionAttributeValues: { ":status": "sent", ":one": 1 },
  }),
  query: (place: number) => ({
    TableName,
    KeyConditionExpression: "#pk = :pk",
    ExpressionAttributeNames: { "#pk": "pk" },
    ExpressionAttributeValues: { ":pk": keyOf(place).pk },
    Limit: 10,
  }),
  "transaction of four": (place: number) => ({
    TransactItems: [0, 1, 2, 3].map(part => ({ Put: { TableName, Item: itemOf(place * 4 + part) } })),
  }),
};
type Name = keyof typeof requests;
const names = Object.keys(requests) as Name[];

/** What a call of the emulated DynamoDB costs through the AWS SDK, beside the bare engine. */
export const bench: Bench = {
  promise: "CPU of one DynamoDB call in the emulated AWS, at most 1 ms above the bare engine",
  async run(say) {
    const bare = await bareEngine();
    say(`bare engine measured, ${calls} calls each`);
    const through = await throughTheSdk();
    say("the same through the SDK measured");
    return names.flatMap(name => figuresOf(name, bare[name], through[name]));
  },
};

function figuresOf(name: Name, bareMs: number, { frontMs, clientMs }: Cost): readonly Figure[] {
  const base = `${name}: bare engine`;
  return [
    { name: base, value: bareMs, unit: "ms" },
    { name: `${name}: emulated AWS, through the SDK`, value: frontMs, unit: "ms", baseline: base },
    { name: `${name}: above the engine`, value: frontMs - bareMs, unit: "ms" },
    { name: `${name}: the SDK's client`, value: clientMs, unit: "ms" },
  ];
}

async function bareEngine(): Promise<Record<Name, number>> {
  const path = await mkdtemp(join(tmpdir(), "runner-cost-"));
  const engine = await DynamoEngine.open({ path, region, accountId: "000000000000" });
  const tokens = new TransactionTokens(engine.database, Date.now);
  createTable(engine, table);
  const wire = (document: object) => JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const runs: Record<Name, (place: number) => void> = {
    "transaction of four": place =>
      transactWrite(engine, tokens, {
        TransactItems: [0, 1, 2, 3].map(part => ({ Put: { TableName, Item: attributes(itemOf(place * 4 + part)) } })),
      }),
    get: place => engine.read("GetItem", wire({ ...requests.get(place), Key: attributes(keyOf(place)) })),
    update: place => {
      const { ExpressionAttributeValues: values, ...request } = requests.update(place);
      const marshalled = { Key: attributes(keyOf(place)), ExpressionAttributeValues: attributes(values) };
      engine.write("UpdateItem", wire({ ...request, ...marshalled }));
    },
    query: place => {
      const { ExpressionAttributeValues: values, ...request } = requests.query(place);
      engine.read("Query", wire({ ...request, ExpressionAttributeValues: attributes(values) }));
    },
  };
  const costs = {} as Record<Name, number>;
  // Transactions first: they make the items that the others read.
  for (const name of names.toReversed()) {
    for (let place = 0; place < warmUp; place++) runs[name](place);
    const before = process.cpuUsage();
    for (let place = 0; place < calls; place++) runs[name](place);
    costs[name] = millisecondsSince(before) / calls;
  }
  engine.close();
  await rm(path, { recursive: true });
  return costs;
}

interface Cost {
  readonly frontMs: number;
  readonly clientMs: number;
}

async function throughTheSdk(): Promise<Record<Name, Cost>> {
  const front = fork(new URL("./front-process.ts", import.meta.url));
  const client = await clientOf(front);
  const documents = DynamoDBDocumentClient.from(client);
  await client.send(new CreateTableCommand(table));
  const sends: Record<Name, (place: number) => Promise<unknown>> = {
    get: place => documents.send(new GetCommand(requests.get(place))),
    update: place => documents.send(new UpdateCommand(requests.update(place))),
    query: place => documents.send(new QueryCommand(requests.query(place))),
    "transaction of four": place => documents.send(new TransactWriteCommand(requests["transaction of four"](place))),
  };
  const costs = {} as Record<Name, Cost>;
  for (const name of names.toReversed()) {
    for (let place = 0; place < warmUp; place++) await sends[name](place);
    const [own, theirs] = [process.cpuUsage(), cpuSeconds(front.pid ?? 0)];
    for (let place = 0; place < calls; place++) await sends[name](place);
    const frontMs = ((cpuSeconds(front.pid ?? 0) - theirs) * 1_000) / calls;
    costs[name] = { frontMs, clientMs: millisecondsSince(own) / calls };
  }
  client.destroy();
  front.send("end");
  await once(front, "exit");
  return costs;
}

const Announced = z.object({
  endpoint: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});

async function clientOf(front: ChildProcess): Promise<DynamoDBClient> {
  const [message] = await once(front, "message");
  return new DynamoDBClient({ ...Announced.parse(message), region });
}

function millisecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
