import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "./db.ts";

const Counted = z.object({ count: z.int() });

/**
 * Adds one (or `by`, for so many numbers at once, of which the last is answered) and answers the new value: a single atomic `ADD`, so two callers never get the same number. A number
 * taken and not used leaves a gap; nothing may rely on there being none.
 */
export async function nextCount(
  db: Pick<Db<never>, "client">,
  table: string,
  key: { pk: string; sk: string },
  extra: { ttl?: number; by?: number } = {},
): Promise<number> {
  const answer = await db.client.send(
    new UpdateCommand({
      TableName: table,
      Key: key,
      UpdateExpression: extra.ttl === undefined ? "ADD #count :one" : "ADD #count :one SET #ttl = :ttl",
      ExpressionAttributeNames: { "#count": "count", ...(extra.ttl === undefined ? {} : { "#ttl": "ttl" }) },
      ExpressionAttributeValues: { ":one": extra.by ?? 1, ...(extra.ttl === undefined ? {} : { ":ttl": extra.ttl }) },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  return Counted.parse(answer.Attributes).count;
}
