import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsError } from "../../../../local/aws/aws-error.ts";
import { DynamoEngine } from "../../../../local/aws/dynamodb/engine.ts";
import { createTable } from "../../../../local/aws/dynamodb/tables.ts";
import { transactWrite } from "../../../../local/aws/dynamodb/transact-write.ts";
import { TransactionTokens } from "../../../../local/aws/dynamodb/transaction-tokens.ts";

const TableName = "Model";
let dataDir: string;
let engine: DynamoEngine;
let tokens: TransactionTokens;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "dynamodb-model-"));
  engine = await DynamoEngine.open({ path: join(dataDir, "db"), region: "eu-west-1", accountId: "000000000000" });
  tokens = new TransactionTokens(engine.database, Date.now);
  createTable(engine, {
    TableName,
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
  });
});
afterAll(async () => {
  engine.close();
  await rm(dataDir, { recursive: true });
});

type Condition = "none" | "absent" | "present" | "ann's";
interface Step {
  readonly pk: string;
  readonly kind: "put" | "give" | "delete" | "check";
  readonly owner: string;
  readonly condition: Condition;
}

const step: fc.Arbitrary<Step> = fc.record({
  pk: fc.constantFrom("a", "b", "c", "d", "e"),
  kind: fc.constantFrom("put", "give", "delete", "check"),
  owner: fc.constantFrom("ann", "bob"),
  condition: fc.constantFrom("none", "absent", "present", "ann's"),
});
const transaction = fc.uniqueArray(step, { selector: one => one.pk, minLength: 1, maxLength: 4 });

/** The outcome of each condition by the rules, or the new state when all of them hold. */
function predicted(state: ReadonlyMap<string, string>, steps: readonly Step[]) {
  const holds = ({ pk, condition, kind }: Step) => {
    if (condition === "absent") return !state.has(pk);
    if (condition === "present" || (condition === "none" && kind === "check")) return state.has(pk);
    return condition === "none" || state.get(pk) === "ann";
  };
  const codes = steps.map(one => (holds(one) ? "None" : "ConditionalCheckFailed"));
  if (codes.some(code => code !== "None")) return { codes, after: state };
  const after = new Map(state);
  for (const { pk, kind, owner } of steps) {
    if (kind === "delete") after.delete(pk);
    if (kind === "put" || kind === "give") after.set(pk, owner);
  }
  return { codes, after };
}

function toItem({ pk, kind, owner, condition }: Step): object {
  const expressions: Record<Condition, object> = {
    none: kind === "check" ? { ConditionExpression: "attribute_exists(pk)" } : {},
    absent: { ConditionExpression: "attribute_not_exists(pk)" },
    present: { ConditionExpression: "attribute_exists(pk)" },
    "ann's": { ConditionExpression: "#owner = :ann" },
  };
  const condition_ = { TableName, ...expressions[condition] };
  const usesOwner = condition === "ann's" || kind === "give";
  const names = usesOwner ? { ExpressionAttributeNames: { "#owner": "owner" } } : {};
  const values = {
    ...(condition === "ann's" ? { ":ann": { S: "ann" } } : {}),
    ...(kind === "give" ? { ":owner": { S: owner } } : {}),
  };
  const expression = { ...condition_, ...names, ...(usesOwner ? { ExpressionAttributeValues: values } : {}) };
  const Key = { pk: { S: pk } };
  if (kind === "put") return { Put: { ...expression, Item: { ...Key, owner: { S: owner } } } };
  if (kind === "give") return { Update: { ...expression, Key, UpdateExpression: "SET #owner = :owner" } };
  return kind === "delete" ? { Delete: { ...expression, Key } } : { ConditionCheck: { ...expression, Key } };
}

function outcome(steps: readonly Step[]): string[] {
  try {
    transactWrite(engine, tokens, { TransactItems: steps.map(toItem) });
    return steps.map(() => "None");
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "TransactionCanceledException") throw error;
    return (error.members.CancellationReasons as { Code: string }[]).map(reason => reason.Code);
  }
}

function stored(index: object): Map<string, string> {
  const { Items } = engine.read("Scan", { TableName, ...index });
  const items = Items as { pk: { S: string }; owner: { S: string } }[];
  return new Map(items.map(item => [item.pk.S, item.owner.S]));
}

describe("TransactWriteItems", () => {
  it("ends as the rules say for any sequence of transactions, in the table and in its index", () => {
    let state: ReadonlyMap<string, string> = new Map();
    fc.assert(
      fc.property(fc.array(transaction, { minLength: 1, maxLength: 10 }), transactions => {
        for (const steps of transactions) {
          const { codes, after } = predicted(state, steps);
          expect(outcome(steps)).toEqual(codes);
          state = after;
        }
        expect(stored({})).toEqual(state);
        expect(stored({ IndexName: "byOwner" })).toEqual(state);
      }),
      // The table goes on from run to run, so that a smaller failing case would not be the same case.
      { numRuns: 100, endOnFailure: true },
    );
  });
});
