import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type ErasedTable, type Erasing, erasedTables } from "../../domain/account/tenant-deletion.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { deleteItems } from "../../domain/dynamodb/delete-items.ts";

const Place = z.strictObject({ pk: z.string(), sk: z.string() });

/**
 * Erases a tenant's rows from where the erasure stands, for as long as it may go on. Whole tables are read, page by
 * page: a tenant is deleted seldom, and only so is nothing missed, whatever key a row of its stands under.
 */
export async function eraseRows(
  { db, mayGoOn }: { readonly db: Db<ErasedTable>; readonly mayGoOn: () => boolean },
  tenantId: string,
  from: Erasing,
): Promise<Erasing & { finished: boolean }> {
  let { table, after, found } = from;
  for (;;) {
    const page = await rowsAfter(db, table, tenantId, after);
    await deleteItems(db.client, db.table[table], page.rows);
    found += page.rows.length;
    after = page.last;
    if (after === null) {
      const next = erasedTables[erasedTables.indexOf(table) + 1];
      if (next === undefined) return { table, after, found, finished: true };
      table = next;
    }
    if (!mayGoOn()) return { table, after, found, finished: false };
  }
}

/** The tenant's rows of one page (1 MB of the table) and the last key read; null at the table's end. */
async function rowsAfter(db: Db<ErasedTable>, table: ErasedTable, tenantId: string, after: Erasing["after"]) {
  const answer = await db.client.send(
    new ScanCommand({
      TableName: db.table[table],
      FilterExpression: "begins_with(pk, :tenant)",
      ExpressionAttributeValues: { ":tenant": tenantId },
      ProjectionExpression: "pk, sk",
      ...(after === null ? {} : { ExclusiveStartKey: after }),
    }),
  );
  const rows = (answer.Items ?? []).map(item => Place.parse(item));
  return { rows, last: Place.optional().parse(answer.LastEvaluatedKey) ?? null };
}
