import { join } from "node:path";
import { type AwsCall, type AwsReply, type AwsService, type JsonObject, jsonReply } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import type { Logger } from "../logger.ts";
import { DynamoEngine } from "./engine.ts";
import {
  createTable,
  deleteTable,
  describeContinuousBackups,
  describeTable,
  listTables,
  updateContinuousBackups,
  updateTable,
} from "./tables.ts";
import { listTagsOfResource, tagResource, untagResource } from "./tags.ts";
import { describeTimeToLive, startSweeper, sweepExpired, updateTimeToLive } from "./time-to-live.ts";
import { transactGet } from "./transact-get.ts";
import { transactWrite } from "./transact-write.ts";
import { TransactionTokens } from "./transaction-tokens.ts";

export interface DynamoDb extends AwsService {
  /** The names of the table's key attributes, partition key first; `undefined` where there is no such table. */
  keyNames(table: string): readonly string[] | undefined;
  stop(): void;
}

/** DynamoDB's JSON protocol over an engine on disk. */
export async function openDynamoDb(options: {
  dataDir: string;
  region: string;
  accountId: string;
  now: () => number;
  sweepIntervalMs: number;
  log: Logger;
}): Promise<DynamoDb> {
  const engine = await DynamoEngine.open({ ...options, path: join(options.dataDir, "dynamodb") });
  const tokens = new TransactionTokens(engine.database, options.now);
  const sweeper = startSweeper({
    sweep: () => {
      sweepExpired(engine, options.now());
      tokens.prune();
    },
    intervalMs: options.sweepIntervalMs,
    log: options.log,
  });
  return {
    answer: async call => answer(engine, tokens, call),
    keyNames: table => engine.findTable(table)?.description.KeySchema.map(key => key.AttributeName),
    stop: () => {
      sweeper.stop();
      engine.close();
    },
  };
}

function answer(engine: DynamoEngine, tokens: TransactionTokens, call: AwsCall): AwsReply {
  return jsonReply(run(engine, tokens, call.operation, call.input()), 200, "application/x-amz-json-1.0");
}

function run(engine: DynamoEngine, tokens: TransactionTokens, operation: string, input: JsonObject): JsonObject {
  switch (operation) {
    case "PutItem":
    case "UpdateItem":
    case "DeleteItem":
    case "BatchWriteItem":
      return engine.write(operation, input);
    case "GetItem":
    case "BatchGetItem":
    case "Query":
    case "Scan":
      return engine.read(operation, input);
    case "TransactWriteItems":
      return transactWrite(engine, tokens, input);
    case "TransactGetItems":
      return transactGet(engine, input);
    case "CreateTable":
      return createTable(engine, input);
    case "DescribeTable":
      return describeTable(engine, input);
    case "ListTables":
      return listTables(engine, input);
    case "UpdateTable":
      return updateTable(engine, input);
    case "DeleteTable":
      return deleteTable(engine, input);
    case "TagResource":
      return tagResource(engine, input);
    case "UntagResource":
      return untagResource(engine, input);
    case "ListTagsOfResource":
      return listTagsOfResource(engine, input);
    case "UpdateTimeToLive":
      return updateTimeToLive(engine, input);
    case "DescribeTimeToLive":
      return describeTimeToLive(engine, input);
    case "DescribeContinuousBackups":
      return describeContinuousBackups(engine, input);
    case "UpdateContinuousBackups":
      return updateContinuousBackups(engine, input);
    default:
      throw new AwsError("UnknownOperationException", `DynamoDB ${operation} is not emulated here`);
  }
}
