import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "./db.ts";
import { pauseAfter } from "./transaction.ts";

/** DynamoDB reads at most so many items at once. */
const batchMax = 100;
const batchesAtOnce = 8;
const triesMax = 8;

/** Those of a table's items that are there, by key and in no order; read consistently, a hundred to a request. */
export async function readItems(
  client: Db<never>["client"],
  table: string,
  keys: readonly Readonly<Record<string, unknown>>[],
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  const batches = Array.from({ length: Math.ceil(keys.length / batchMax) }, (_, at) =>
    keys.slice(at * batchMax, (at + 1) * batchMax),
  ).values();
  const worker = async () => {
    for (const batch of batches) found.push(...(await readBatch(client, table, batch)));
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, worker));
  return found;
}

async function readBatch(
  client: Db<never>["client"],
  table: string,
  keys: readonly Readonly<Record<string, unknown>>[],
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let Keys: Record<string, unknown>[] = [...keys];
  for (let attempt = 1; Keys.length > 0; attempt++) {
    const answer = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
    );
    found.push(...(answer.Responses?.[table] ?? []));
    Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (Keys.length > 0 && attempt >= triesMax)
      throw new Error(`${Keys.length} items were left unread ${triesMax} times`);
    if (Keys.length > 0) await pauseAfter(attempt);
  }
  return found;
}
