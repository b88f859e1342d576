import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "./db.ts";
import { pauseAfter } from "./transaction.ts";

const batchMax = 25;
const triesMax = 8;

/** Deletes items by key, 25 to a request (DynamoDB's limit), trying again what it left unprocessed. */
export async function deleteItems(
  client: Db<never>["client"],
  table: string,
  keys: readonly { pk: string; sk: string }[],
): Promise<void> {
  for (let start = 0; start < keys.length; start += batchMax) {
    const batch = keys.slice(start, start + batchMax);
    let left = batch.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
    for (let attempt = 1; left.length > 0; attempt++) {
      const answer = await client.send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
      const unprocessed = answer.UnprocessedItems?.[table] ?? [];
      left = left.filter(request =>
        unprocessed.some(one => {
          const key = one.DeleteRequest?.Key;
          return key?.pk === request.DeleteRequest.Key.pk && key?.sk === request.DeleteRequest.Key.sk;
        }),
      );
      if (left.length === 0) break;
      if (attempt >= triesMax) throw new Error(`${left.length} items were left unprocessed ${triesMax} times`);
      await pauseAfter(attempt);
    }
  }
}
