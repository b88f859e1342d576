import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import { runAction, validated } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { itemDbKey } from "./write-set.ts";

const Attributes = z.record(z.string(), z.record(z.string(), z.unknown()));
const Request = z.object({
  TransactItems: z
    .array(z.object({ Get: z.record(z.string(), z.unknown()) }))
    .min(1)
    .max(100),
});

/** TransactGetItems: the items as they were at one moment, because the locks of all of them are held. */
export async function transactGet(engine: DynamoEngine, input: JsonObject): Promise<JsonObject> {
  const parsed = Request.safeParse(input);
  if (!parsed.success) throw validationException("TransactItems must have 1 to 100 members, each with a Get");
  const gets = parsed.data.TransactItems.map(({ Get }) => validated("GetItem", Get, engine.store));
  const keys = (await Promise.all(gets.map(get => keyOf(engine, get)))).flat();
  if (new Set(keys).size !== keys.length) {
    throw validationException("Transaction request cannot include multiple operations on one item");
  }
  return engine.locks.holding(keys, async () => ({
    Responses: await Promise.all(gets.map(get => runAction("GetItem", engine.store, get).catch(asCancellation))),
  }));
}

async function keyOf(engine: DynamoEngine, get: JsonObject): Promise<string[]> {
  const { TableName, Key } = z.object({ TableName: z.string(), Key: Attributes }).parse(get);
  const key = engine.itemKey(await engine.table(TableName), Key);
  return key === undefined ? [] : [itemDbKey(TableName, key)];
}

function asCancellation(error: unknown): never {
  if (error instanceof AwsError && error.code === "ValidationException") {
    throw new AwsError("TransactionCanceledException", "Transaction cancelled [ValidationError]", {
      members: { CancellationReasons: [{ Code: "ValidationError", Message: error.message }] },
      cause: error,
    });
  }
  throw error;
}
