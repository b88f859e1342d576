import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InstalledFront, installFront, refusal } from "../installed-front.ts";

let installed: InstalledFront;
let db: DynamoDBClient;
beforeAll(async () => {
  installed = await installFront();
  db = new DynamoDBClient(installed.runner);
  await db.send(
    new CreateTableCommand({
      TableName: "Things",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "owner", AttributeType: "S" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byOwner",
          KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
});
afterAll(() => installed.remove());

const put = (pk: string, n: number, more: object = {}): TransactWriteItem => ({
  Put: { TableName: "Things", Item: { pk: { S: pk }, n: { N: String(n) } }, ...more },
});
const write = (...TransactItems: TransactWriteItem[]) => db.send(new TransactWriteItemsCommand({ TransactItems }));
const numberOf = async (pk: string) =>
  (await db.send(new GetItemCommand({ TableName: "Things", Key: { pk: { S: pk } } }))).Item?.n?.N;
const cancellation = async (call: Promise<unknown>): Promise<TransactionCanceledException> => {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TransactionCanceledException) return error;
  throw new Error(`not cancelled: ${String(error)}`);
};

describe("TransactWriteItems", () => {
  it("writes every item, and the indexes with them", async () => {
    await write(
      { Put: { TableName: "Things", Item: { pk: { S: "all-1" }, owner: { S: "ann" } } } },
      { Put: { TableName: "Things", Item: { pk: { S: "all-2" }, owner: { S: "ann" } } } },
      {
        Update: {
          TableName: "Things",
          Key: { pk: { S: "all-3" } },
          UpdateExpression: "SET #owner = :ann ADD n :one",
          ExpressionAttributeNames: { "#owner": "owner" },
          ExpressionAttributeValues: { ":ann": { S: "ann" }, ":one": { N: "1" } },
        },
      },
    );
    const { Items } = await db.send(
      new QueryCommand({
        TableName: "Things",
        IndexName: "byOwner",
        KeyConditionExpression: "#owner = :ann",
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":ann": { S: "ann" } },
      }),
    );
    expect(Items?.map(item => item.pk?.S).sort()).toEqual(["all-1", "all-2", "all-3"]);
  });

  it("writes nothing when one condition fails, and says which with the old item where asked", async () => {
    await write(put("c-1", 1), put("c-2", 2));
    const absent = { ConditionExpression: "attribute_not_exists(pk)" };
    const error = await cancellation(
      write(
        put("c-3", 3),
        put("c-1", 9, { ...absent, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
        put("c-2", 9, absent),
        {
          ConditionCheck: {
            TableName: "Things",
            Key: { pk: { S: "c-4" } },
            ConditionExpression: "attribute_exists(pk)",
          },
        },
      ),
    );
    expect(error.message).toContain("[None, ConditionalCheckFailed, ConditionalCheckFailed, ConditionalCheckFailed]");
    expect(error.CancellationReasons?.map(reason => reason.Code)).toEqual([
      "None",
      "ConditionalCheckFailed",
      "ConditionalCheckFailed",
      "ConditionalCheckFailed",
    ]);
    expect(error.CancellationReasons?.[1]?.Item).toEqual({ pk: { S: "c-1" }, n: { N: "1" } });
    expect(error.CancellationReasons?.[2]?.Item).toBeUndefined();
    expect(await Promise.all(["c-1", "c-2", "c-3"].map(numberOf))).toEqual(["1", "2", undefined]);
  });

  it("leaves the item of a condition check as it was", async () => {
    await write(put("check-1", 1));
    await write(put("check-2", 2), {
      ConditionCheck: {
        TableName: "Things",
        Key: { pk: { S: "check-1" } },
        ConditionExpression: "attribute_exists(pk)",
      },
    });
    expect(await numberOf("check-1")).toBe("1");
  });

  it("reports an update that does not fit the item as a validation error of that item", async () => {
    await write(put("v-1", 1));
    const error = await cancellation(
      write(put("v-2", 2), {
        Update: {
          TableName: "Things",
          Key: { pk: { S: "v-1" } },
          UpdateExpression: "ADD pkk.x :one",
          ExpressionAttributeValues: { ":one": { N: "1" } },
        },
      }),
    );
    expect(error.CancellationReasons?.map(reason => reason.Code)).toEqual(["None", "ValidationError"]);
    expect(await numberOf("v-2")).toBeUndefined();
  });

  it("refuses two operations on one item, an empty transaction and more than 100 items", async () => {
    const invalid = { name: "ValidationException", status: 400 };
    expect(await refusal(write(put("d", 1), put("d", 2)))).toEqual(invalid);
    expect(await refusal(write())).toEqual(invalid);
    expect(await refusal(write(...Array.from({ length: 101 }, (_, n) => put(`m-${n}`, n))))).toEqual(invalid);
    await write(...Array.from({ length: 100 }, (_, n) => put(`m-${n}`, n)));
  });

  it("refuses more than 4 MB", async () => {
    const blob = "x".repeat(390_000);
    const large = Array.from({ length: 12 }, (_, n) => ({
      Put: { TableName: "Things", Item: { pk: { S: `l-${n}` }, blob: { S: blob } } },
    }));
    expect(await refusal(write(...large))).toEqual({ name: "ValidationException", status: 400 });
    expect(await numberOf("l-0")).toBeUndefined();
  });

  it("does a transaction once under one client request token, and refuses another one under it", async () => {
    const add = (by: string) =>
      new TransactWriteItemsCommand({
        ClientRequestToken: "token-1",
        TransactItems: [
          {
            Update: {
              TableName: "Things",
              Key: { pk: { S: "token" } },
              UpdateExpression: "ADD n :by",
              ExpressionAttributeValues: { ":by": { N: by } },
            },
          },
        ],
      });
    await Promise.all([db.send(add("1")), db.send(add("1"))]);
    expect(await numberOf("token")).toBe("1");
    expect((await refusal(db.send(add("2"))))?.name).toBe("IdempotentParameterMismatchException");
  });

  it("names a table that is not there", async () => {
    const call = write({ Put: { TableName: "Nowhere", Item: { pk: { S: "x" } } } });
    expect((await refusal(call))?.name).toBe("ResourceNotFoundException");
  });

  it("loses no update among concurrent transactions and plain writes on the same items", async () => {
    const add = (pk: string) => ({
      TableName: "Things",
      Key: { pk: { S: pk } },
      UpdateExpression: "ADD n :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    });
    const transactions = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0
        ? write({ Update: add("race-1") }, { Update: add("race-2") })
        : write({ Update: add("race-2") }, { Update: add("race-1") }),
    );
    const plain = Array.from({ length: 40 }, () => db.send(new UpdateItemCommand(add("race-1"))));
    await Promise.all([...transactions, ...plain]);
    expect(await Promise.all(["race-1", "race-2"].map(numberOf))).toEqual(["80", "40"]);
  });
});

describe("TransactGetItems", () => {
  it("never sees half of a transaction", async () => {
    await write(put("pair-1", 0), put("pair-2", 0));
    const get = (pk: string) => ({ Get: { TableName: "Things", Key: { pk: { S: pk } } } });
    const writes = Array.from({ length: 50 }, (_, n) => write(put("pair-1", n + 1), put("pair-2", n + 1)));
    const reads = Array.from({ length: 50 }, async () => {
      const { Responses } = await db.send(
        new TransactGetItemsCommand({ TransactItems: [get("pair-1"), get("pair-2")] }),
      );
      return Responses?.map(response => response.Item?.n?.N);
    });
    await Promise.all(writes);
    for (const read of await Promise.all(reads)) expect(read?.[0]).toBe(read?.[1]);
  });

  it("answers nothing for an item that is not there", async () => {
    const { Responses } = await db.send(
      new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: "Things", Key: { pk: { S: "absent" } } } }] }),
    );
    expect(Responses).toEqual([{}]);
  });
});

describe("a failed condition of a single write", () => {
  it("carries the old item where asked", async () => {
    await db.send(new PutItemCommand({ TableName: "Things", Item: { pk: { S: "single" }, n: { N: "7" } } }));
    const again = (ReturnValuesOnConditionCheckFailure: "ALL_OLD" | "NONE") =>
      db
        .send(
          new PutItemCommand({
            TableName: "Things",
            Item: { pk: { S: "single" }, n: { N: "8" } },
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure,
          }),
        )
        .catch((error: unknown) => error);
    const withItem = await again("ALL_OLD");
    expect(withItem).toBeInstanceOf(ConditionalCheckFailedException);
    expect(withItem).toMatchObject({ Item: { pk: { S: "single" }, n: { N: "7" } } });
    expect(await again("NONE")).toMatchObject({ name: "ConditionalCheckFailedException", Item: undefined });
  });
});
