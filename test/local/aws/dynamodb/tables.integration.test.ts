import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type InstalledFront, installFront, refusal } from "../installed-front.ts";

let installed: InstalledFront;
let db: DynamoDBClient;
let now = Date.now();
beforeAll(async () => {
  installed = await installFront({ timeToLiveSweepMs: 20, now: () => now });
  db = new DynamoDBClient(installed.runner);
});
afterAll(() => installed.remove());

const simple = (TableName: string) => ({
  TableName,
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" as const }],
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" as const }],
  BillingMode: "PAY_PER_REQUEST" as const,
});
const keysIn = async (TableName: string) =>
  (await db.send(new ScanCommand({ TableName }))).Items?.map(item => item.pk?.S).sort();

describe("a table", () => {
  it("is usable as soon as it is made, with the properties that a template gives", async () => {
    await db.send(
      new CreateTableCommand({
        ...simple("Kept"),
        SSESpecification: { Enabled: true, SSEType: "KMS" },
        DeletionProtectionEnabled: true,
        Tags: [{ Key: "a", Value: "b" }],
      }),
    );
    await db.send(new PutItemCommand({ TableName: "Kept", Item: { pk: { S: "a" } } }));
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "Kept" }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      DeletionProtectionEnabled: true,
      TableArn: "arn:aws:dynamodb:eu-west-1:000000000000:table/Kept",
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    });
  });

  it("is not made twice", async () => {
    await db.send(new CreateTableCommand(simple("Once")));
    expect((await refusal(db.send(new CreateTableCommand(simple("Once")))))?.name).toBe("ResourceInUseException");
  });

  it("is protected against deletion until the protection is lifted", async () => {
    await db.send(new CreateTableCommand({ ...simple("Guarded"), DeletionProtectionEnabled: true }));
    const deletion = () => db.send(new DeleteTableCommand({ TableName: "Guarded" }));
    expect((await refusal(deletion()))?.name).toBe("ValidationException");
    await db.send(new UpdateTableCommand({ TableName: "Guarded", DeletionProtectionEnabled: false }));
    await deletion();
    expect((await db.send(new ListTablesCommand({}))).TableNames).not.toContain("Guarded");
  });

  it("is empty when it is made again after its deletion", async () => {
    await db.send(new CreateTableCommand(simple("Again")));
    await db.send(new PutItemCommand({ TableName: "Again", Item: { pk: { S: "old" } } }));
    await db.send(new DeleteTableCommand({ TableName: "Again" }));
    await db.send(new CreateTableCommand(simple("Again")));
    expect(await keysIn("Again")).toEqual([]);
  });

  it("says whether point-in-time recovery was asked for", async () => {
    await db.send(new CreateTableCommand(simple("Backed")));
    await db.send(
      new UpdateContinuousBackupsCommand({
        TableName: "Backed",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const described = await db.send(new DescribeContinuousBackupsCommand({ TableName: "Backed" }));
    expect(described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
      "ENABLED",
    );
  });
});

describe("a global secondary index added later", () => {
  const byOwner = {
    AttributeDefinitions: [{ AttributeName: "owner", AttributeType: "S" as const }],
    GlobalSecondaryIndexUpdates: [
      {
        Create: {
          IndexName: "byOwner",
          KeySchema: [{ AttributeName: "owner", KeyType: "HASH" as const }],
          Projection: { ProjectionType: "KEYS_ONLY" as const },
        },
      },
    ],
  };
  const owned = async (TableName: string, owner: string) => {
    const { Items } = await db.send(
      new QueryCommand({
        TableName,
        IndexName: "byOwner",
        KeyConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":owner": { S: owner } },
      }),
    );
    return Items?.map(item => item.pk?.S).sort();
  };

  it("holds the items from before and keeps up with writes", async () => {
    await db.send(new CreateTableCommand(simple("Grown")));
    const add = (pk: string, owner: string) =>
      db.send(new PutItemCommand({ TableName: "Grown", Item: { pk: { S: pk }, owner: { S: owner }, x: { S: "x" } } }));
    await add("1", "ann");
    await add("2", "bob");
    await db.send(new PutItemCommand({ TableName: "Grown", Item: { pk: { S: "3" }, owner: { N: "3" } } }));
    await db.send(new UpdateTableCommand({ TableName: "Grown", ...byOwner }));
    expect(await owned("Grown", "ann")).toEqual(["1"]);
    await add("2", "ann");
    expect(await owned("Grown", "ann")).toEqual(["1", "2"]);
    expect(await owned("Grown", "bob")).toEqual([]);
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "Grown" }));
    expect(Table?.GlobalSecondaryIndexes).toMatchObject([{ IndexName: "byOwner", IndexStatus: "ACTIVE" }]);
  });

  it("can be removed and added again", async () => {
    await db.send(
      new UpdateTableCommand({
        TableName: "Grown",
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "byOwner" } }],
      }),
    );
    expect((await refusal(owned("Grown", "ann")))?.name).toBe("ValidationException");
    await db.send(new UpdateTableCommand({ TableName: "Grown", ...byOwner }));
    expect(await owned("Grown", "ann")).toEqual(["1", "2"]);
  });
});

/** Waits as long as a busy machine may need for the next sweeps. */
const swept = (assertion: () => Promise<void>) => vi.waitFor(assertion, { timeout: 30_000, interval: 20 });

describe("time to live", () => {
  const enable = (TableName: string) =>
    db.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
      }),
    );
  const put = (TableName: string, pk: string, expiresAt: { N: string } | { S: string } | undefined) =>
    db.send(
      new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...(expiresAt === undefined ? {} : { expiresAt }) } }),
    );
  const inSeconds = (seconds: number) => ({ N: String(Math.floor(now / 1000) + seconds) });

  it("deletes what has expired and leaves the rest, however the expiry came to be", async () => {
    await db.send(new CreateTableCommand(simple("Mortal")));
    await put("Mortal", "from-before", inSeconds(100));
    await enable("Mortal");
    await put("Mortal", "new", inSeconds(100));
    await put("Mortal", "no-expiry", undefined);
    await put("Mortal", "not-a-number", { S: "1" });
    await put("Mortal", "long-ago", { N: "1000" });
    await put("Mortal", "prolonged", inSeconds(100));
    await db.send(
      new UpdateItemCommand({
        TableName: "Mortal",
        Key: { pk: { S: "prolonged" } },
        UpdateExpression: "SET expiresAt = :later",
        ExpressionAttributeValues: { ":later": inSeconds(300) },
      }),
    );
    now += 200_000;
    await swept(async () =>
      expect(await keysIn("Mortal")).toEqual(["long-ago", "no-expiry", "not-a-number", "prolonged"]),
    );
    now += 200_000;
    await swept(async () => expect(await keysIn("Mortal")).toEqual(["long-ago", "no-expiry", "not-a-number"]));
  });

  it("is described and survives a restart", async () => {
    await installed.restart();
    db = new DynamoDBClient(installed.runner);
    const { TimeToLiveDescription } = await db.send(new DescribeTimeToLiveCommand({ TableName: "Mortal" }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" });
    await put("Mortal", "after-restart", inSeconds(1));
    now += 10_000;
    await swept(async () => expect(await keysIn("Mortal")).not.toContain("after-restart"));
    const { Item } = await db.send(new GetItemCommand({ TableName: "Kept", Key: { pk: { S: "a" } } }));
    expect(Item).toEqual({ pk: { S: "a" } });
  });
});
