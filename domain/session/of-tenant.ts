import { QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";

const pageSize = 50;

/** Which of the sessions, and what of them, where not all; the values are those that the filter names. */
type Narrowed = Pick<QueryCommandInput, "FilterExpression" | "ProjectionExpression"> & {
  readonly values?: Readonly<Record<string, unknown>>;
};

/** The rows of a tenant's sessions, page after page, read consistently; they may change on the way. */
export async function* sessionRowsOf(
  db: Db<"sessions">,
  tenantId: string,
  { values, ...narrowed }: Narrowed = {},
): AsyncGenerator<readonly unknown[]> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.sessions,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :sessions)",
        ...narrowed,
        ExpressionAttributeValues: { ":pk": tenantId, ":sessions": "ses_", ...values },
        ConsistentRead: true,
        Limit: pageSize,
        ExclusiveStartKey,
      }),
    );
    yield answer.Items ?? [];
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
