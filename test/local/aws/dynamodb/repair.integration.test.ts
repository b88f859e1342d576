import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DynamoEngine } from "../../../../local/aws/dynamodb/engine.ts";
import { createTable, repairTables, updateTable } from "../../../../local/aws/dynamodb/tables.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "dynamodb-repair-"));
});
afterAll(() => rm(dataDir, { recursive: true }));

const open = () => DynamoEngine.open({ path: join(dataDir, "db"), region: "eu-west-1", accountId: "000000000000" });
const index = {
  IndexName: "byOwner",
  KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
  Projection: { ProjectionType: "ALL" },
};
const owned = {
  TableName: "Things",
  IndexName: "byOwner",
  KeyConditionExpression: "#owner = :ann",
  ExpressionAttributeNames: { "#owner": "owner" },
  ExpressionAttributeValues: { ":ann": { S: "ann" } },
};

describe("a start after a kill", () => {
  it("finishes the index that was being filled", async () => {
    const before = await open();
    await createTable(before, {
      TableName: "Things",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    });
    await before.write("PutItem", { TableName: "Things", Item: { pk: { S: "1" }, owner: { S: "ann" } } });
    await updateTable(before, {
      TableName: "Things",
      AttributeDefinitions: [{ AttributeName: "owner", AttributeType: "S" }],
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
    const table = await before.table("Things");
    const unfinished = table.GlobalSecondaryIndexes?.map(one => ({ ...one, IndexStatus: "CREATING" }));
    await before.store.db.clear({ gte: "index-global~Things~", lt: "index-global~Things~\xff" });
    await before.store.db.batch([
      {
        type: "put",
        key: "table~Things",
        value: { ...table, TableStatus: "UPDATING", GlobalSecondaryIndexes: unfinished },
      },
    ]);
    await before.close();
    const after = await open();
    await repairTables(after);
    expect((await after.read("Query", owned)).Items).toEqual([{ pk: { S: "1" }, owner: { S: "ann" } }]);
    expect(await after.table("Things")).toMatchObject({
      TableStatus: "ACTIVE",
      GlobalSecondaryIndexes: [{ IndexStatus: "ACTIVE" }],
    });
    await after.close();
  });

  it("finishes the deletion of a table, items and indexes included", async () => {
    const before = await open();
    const table = await before.table("Things");
    await before.store.db.batch([{ type: "put", key: "table~Things", value: { ...table, TableStatus: "DELETING" } }]);
    await before.close();
    const after = await open();
    await repairTables(after);
    const left: string[] = [];
    for await (const key of after.store.db.keys({})) left.push(key);
    expect(left).toEqual([]);
    await after.close();
  });
});
