import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Cursors, Page } from "../page.ts";
import type { Db } from "./db.ts";

const LastKey = z.object({ sk: z.string() });

/** What a tenant has in a table whose sort keys are ids: newest first, read consistently, page by page. */
export async function newestFirst<T>(
  db: Pick<Db<never>, "client">,
  from: { readonly table: string; readonly tenantId: string; readonly schema: z.ZodType<T> },
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<T>> {
  const { table, tenantId, schema } = from;
  const after = page.cursor === undefined ? undefined : page.cursors.open(page.cursor).after;
  const answer = await db.client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": tenantId },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: page.limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk: tenantId, sk: after } }),
    }),
  );
  const last = LastKey.optional().parse(answer.LastEvaluatedKey);
  const data = (answer.Items ?? []).map(item => schema.parse(item));
  return { data, nextCursor: last === undefined ? null : page.cursors.seal({ after: last.sk }) };
}
