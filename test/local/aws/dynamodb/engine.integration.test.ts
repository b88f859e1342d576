import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DynamoEngine } from "../../../../local/aws/dynamodb/engine.ts";
import { createTable, deleteTable, updateTable } from "../../../../local/aws/dynamodb/tables.ts";

let dataDir: string;
let engine: DynamoEngine;
const open = () => DynamoEngine.open({ path: join(dataDir, "db"), region: "eu-west-1", accountId: "000000000000" });
const reopened = async () => {
  engine.close();
  engine = await open();
};

const TableName = "Things";
const byOwner = {
  IndexName: "byOwner",
  KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
  Projection: { ProjectionType: "ALL" },
};
const addByOwner = {
  TableName,
  AttributeDefinitions: [{ AttributeName: "owner", AttributeType: "S" }],
  GlobalSecondaryIndexUpdates: [{ Create: byOwner }],
};
const thing = (pk: string, owner: string) => ({ pk: { S: pk }, owner: { S: owner } });
const put = (pk: string, owner: string) => engine.write("PutItem", { TableName, Item: thing(pk, owner) });
const ownedBy = (owner: string, more: object = {}) =>
  engine.read("Query", {
    TableName,
    IndexName: "byOwner",
    KeyConditionExpression: "#owner = :owner",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":owner": { S: owner } },
    ...more,
  });

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "dynamodb-engine-"));
  engine = await open();
  createTable(engine, {
    TableName,
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  });
});
afterEach(async () => {
  engine.close();
  await rm(dataDir, { recursive: true });
});

describe("the tables on disk", () => {
  it("are the same after they are opened again, indexes included", async () => {
    put("1", "ann");
    updateTable(engine, addByOwner);
    put("2", "ann");
    await reopened();
    expect(new Set(ownedBy("ann").Items as object[])).toEqual(new Set([thing("1", "ann"), thing("2", "ann")]));
    put("1", "bob");
    expect(ownedBy("ann").Items).toEqual([thing("2", "ann")]);
    expect(ownedBy("bob").Items).toEqual([thing("1", "bob")]);
  });

  it("keep nothing of an update that is refused half way", async () => {
    const twice = { ...addByOwner, GlobalSecondaryIndexUpdates: [{ Create: byOwner }, { Create: byOwner }] };
    expect(() => updateTable(engine, { ...twice, DeletionProtectionEnabled: true })).toThrow("already exists");
    expect(engine.table(TableName)).toMatchObject({ indexIds: {}, settings: {} });
    await reopened();
    expect(engine.table(TableName)).toMatchObject({ indexIds: {}, settings: {} });
    expect(engine.table(TableName).description.GlobalSecondaryIndexes).toBeUndefined();
  });

  it("leave no item and no index entry of a deleted table", async () => {
    put("1", "ann");
    updateTable(engine, addByOwner);
    const { id, indexIds } = engine.table(TableName);
    deleteTable(engine, { TableName });
    await reopened();
    expect([...engine.tables]).toEqual([]);
    expect([...engine.database.itemsOf(id)]).toEqual([]);
    expect([...engine.database.itemsOfIndex(id, indexIds.byOwner ?? 0, {})]).toEqual([]);
  });
});

describe("an index", () => {
  it("has an entry for each of thousands of items that share an index key, in pages and in both directions", () => {
    updateTable(engine, addByOwner);
    const count = 6_000;
    engine.database.atomically(() => {
      for (let place = 0; place < count; place++) put(String(place), "ann");
    });
    const walk = (ScanIndexForward: boolean) => {
      const seen: string[] = [];
      let ExclusiveStartKey: object | undefined;
      do {
        const page = ownedBy("ann", { Limit: 700, ScanIndexForward, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
        seen.push(...(page.Items as { pk: { S: string } }[]).map(({ pk }) => pk.S));
        ExclusiveStartKey = page.LastEvaluatedKey as object | undefined;
      } while (ExclusiveStartKey !== undefined);
      return seen;
    };
    const forward = walk(true);
    expect(new Set(forward).size).toBe(count);
    expect(forward.length).toBe(count);
    expect(walk(false)).toEqual(forward.toReversed());
  });

  it("has no entry for an item whose index key has another type", () => {
    engine.write("PutItem", { TableName, Item: { pk: { S: "1" }, owner: { N: "1" } } });
    updateTable(engine, addByOwner);
    expect(engine.read("Scan", { TableName, IndexName: "byOwner" }).Items).toEqual([]);
  });
});

describe("a failed condition", () => {
  it("carries the item as it was where that was asked for", () => {
    put("1", "ann");
    const absent = { TableName, Item: thing("1", "bob"), ConditionExpression: "attribute_not_exists(pk)" };
    expect(() => engine.write("PutItem", { ...absent, ReturnValuesOnConditionCheckFailure: "ALL_OLD" })).toThrow(
      expect.objectContaining({ code: "ConditionalCheckFailedException", members: { Item: thing("1", "ann") } }),
    );
  });
});
