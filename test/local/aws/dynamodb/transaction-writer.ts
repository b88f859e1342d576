// Child process of the crash test: transactions and plain writes without end, each acknowledged one on its own line.
import { randomInt } from "node:crypto";
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { installFront } from "../installed-front.ts";

const [dataDir = "", round = "0"] = process.argv.slice(2);
const installed = await installFront({ dataDir });
const db = new DynamoDBClient(installed.runner);
if (round === "0") {
  await db.send(
    new CreateTableCommand({
      TableName: "Crash",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "transaction", AttributeType: "S" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byTransaction",
          KeySchema: [{ AttributeName: "transaction", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
}

/** Every slot of a lane holds the number of the lane's last transaction: all slots alike, or a transaction was torn. */
async function lane(name: string): Promise<never> {
  for (let count = 1; ; count += 1) {
    const transaction = `${name}:${round}:${count}`;
    const filler = "x".repeat(randomInt(2_000));
    const items = Array.from({ length: 20 }, (_, slot): TransactWriteItem => {
      const Key = { pk: { S: `${name}#${slot}` } };
      if (slot % 2 === 0) {
        return {
          Put: { TableName: "Crash", Item: { ...Key, transaction: { S: transaction }, filler: { S: filler } } },
        };
      }
      return {
        Update: {
          TableName: "Crash",
          Key,
          UpdateExpression: "SET #transaction = :transaction",
          ExpressionAttributeNames: { "#transaction": "transaction" },
          ExpressionAttributeValues: { ":transaction": { S: transaction } },
        },
      };
    });
    await db.send(new TransactWriteItemsCommand({ TransactItems: items }));
    process.stdout.write(`${transaction}\n`);
    // A random number of plain writes keeps the lanes out of step, so that a kill meets each at another point.
    for (let extra = randomInt(3); extra > 0; extra -= 1) {
      const single = `single:${transaction}:${extra}`;
      await db.send(
        new PutItemCommand({ TableName: "Crash", Item: { pk: { S: single }, transaction: { S: single } } }),
      );
      process.stdout.write(`${single}\n`);
    }
  }
}

await Promise.all(["a", "b", "c", "d"].map(lane));
