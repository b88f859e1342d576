import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { TableId, TableNames } from "../tables.ts";

/** A document client and the tables this process was granted: a store that needs another one does not compile. */
export interface Db<T extends TableId = TableId> {
  readonly client: DynamoDBDocumentClient;
  readonly table: TableNames<T>;
}

/**
 * One client a process. `undefined` values are dropped, so an optional attribute is absent rather than null-typed,
 * which sparse indexes rely on. A request that hears nothing is cut off well before any lease or Lambda limit, and tried
 * again: by `socketTimeout`, since the SDK's `requestTimeout` only warns.
 */
export function openDb<T extends TableId>(table: TableNames<T>, options: { requestTimeoutMs?: number } = {}): Db<T> {
  const base = new DynamoDBClient({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 1_000, socketTimeout: options.requestTimeoutMs ?? 5_000 },
  });
  return { client: DynamoDBDocumentClient.from(base, { marshallOptions: { removeUndefinedValues: true } }), table };
}
