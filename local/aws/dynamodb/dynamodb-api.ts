import { join } from "node:path";
import * as z from "zod";
import { type AwsCall, type AwsReply, type AwsService, type JsonObject, jsonReply } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import type { Logger } from "../logger.ts";
import { isActionName } from "./actions.ts";
import { DynamoEngine } from "./engine.ts";
import {
  createTable,
  deleteTable,
  describeContinuousBackups,
  describeTable,
  repairTables,
  updateContinuousBackups,
  updateTable,
} from "./tables.ts";
import { describeTimeToLive, startSweeper, sweepExpired, updateTimeToLive } from "./time-to-live.ts";
import { transactGet } from "./transact-get.ts";
import { transactWrite } from "./transact-write.ts";
import { TransactionTokens } from "./transaction-tokens.ts";

const Body = z.record(z.string(), z.unknown());

export interface DynamoDb extends AwsService {
  /** The names of the table's key attributes, partition key first; `undefined` where there is no such table. */
  keyNames(table: string): Promise<readonly string[] | undefined>;
  stop(): Promise<void>;
}

/** DynamoDB's JSON protocol over dynalite on disk. */
export async function openDynamoDb(options: {
  dataDir: string;
  region: string;
  accountId: string;
  now: () => number;
  sweepIntervalMs: number;
  log: Logger;
}): Promise<DynamoDb> {
  const engine = await DynamoEngine.open({ ...options, path: join(options.dataDir, "dynamodb") });
  await repairTables(engine);
  const tokens = await TransactionTokens.open(engine.store.db, options.now);
  const sweeper = startSweeper({
    sweep: async () => {
      await sweepExpired(engine, options.now());
      await tokens.prune();
    },
    intervalMs: options.sweepIntervalMs,
    log: options.log,
  });
  return {
    answer: call => answer(engine, tokens, call),
    keyNames: table => keyNames(engine, table),
    stop: async () => {
      await sweeper.stop();
      await engine.close();
    },
  };
}

async function keyNames(engine: DynamoEngine, table: string): Promise<readonly string[] | undefined> {
  try {
    return (await engine.table(table)).KeySchema.map(key => key.AttributeName);
  } catch (error) {
    if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

async function answer(engine: DynamoEngine, tokens: TransactionTokens, call: AwsCall): Promise<AwsReply> {
  const output = await run(engine, tokens, call.operation, Body.parse(JSON.parse(call.request.body.toString())));
  return jsonReply(output, 200, "application/x-amz-json-1.0");
}

async function run(
  engine: DynamoEngine,
  tokens: TransactionTokens,
  operation: string,
  input: JsonObject,
): Promise<JsonObject> {
  switch (operation) {
    case "PutItem":
    case "UpdateItem":
    case "DeleteItem":
    case "BatchWriteItem":
      return engine.write(operation, input);
    case "TransactWriteItems":
      return transactWrite(engine, tokens, input);
    case "TransactGetItems":
      return transactGet(engine, input);
    case "CreateTable":
      return createTable(engine, input);
    case "DescribeTable":
      return describeTable(engine, input);
    case "UpdateTable":
      return updateTable(engine, input);
    case "DeleteTable":
      return deleteTable(engine, input);
    case "UpdateTimeToLive":
      return updateTimeToLive(engine, input);
    case "DescribeTimeToLive":
      return describeTimeToLive(engine, input);
    case "DescribeContinuousBackups":
      return describeContinuousBackups(engine, input);
    case "UpdateContinuousBackups":
      return updateContinuousBackups(engine, input);
    default:
      if (isActionName(operation)) return engine.read(operation, input);
      throw new AwsError("UnknownOperationException", `DynamoDB ${operation} is not emulated here`);
  }
}
