import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isConditionFailed } from "../dynamodb/condition.ts";
import { nextCount } from "../dynamodb/counter.ts";
import type { Db } from "../dynamodb/db.ts";
import type { Cursors, Page } from "../page.ts";
import { StoredTenant } from "./tenant.ts";

type AccountsDb = Db<"accounts">;
const keyOf = (id: string) => ({ pk: id, sk: "tenant" });

/** How many gateway keys were asked for, one more each time; one that was asked for and not made leaves a gap. */
export function nextGatewayKeyOrdinal(db: AccountsDb): Promise<number> {
  return nextCount(db, db.table.accounts, { pk: "gateway-keys", sk: "count" });
}

export async function storeTenant(db: AccountsDb, tenant: StoredTenant): Promise<void> {
  const Item = { ...tenant, ...keyOf(tenant.id), ownerPk: "tenant", ownerSk: tenant.id };
  const ConditionExpression = "attribute_not_exists(pk)";
  await db.client.send(new PutCommand({ TableName: db.table.accounts, Item, ConditionExpression }));
}

/** Reads a tenant consistently, or undefined. */
export async function findTenant(db: AccountsDb, id: string): Promise<StoredTenant | undefined> {
  const Key = keyOf(id);
  const found = await db.client.send(new GetCommand({ TableName: db.table.accounts, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : StoredTenant.parse(found.Item);
}

/** What an operator changes, and what follows from it. */
type TenantChange = Partial<
  Pick<
    StoredTenant,
    | "plan"
    | "rateLimit"
    | "retentionDays"
    | "status"
    | "gatewayKeyId"
    | "gatewayKeyName"
    | "gatewayKeyValue"
    | "deletingSince"
    | "optOutWords"
  >
>;

/** Changes a tenant. Answers it as it is then, or undefined where it is being deleted, or gone. */
export async function changeTenant(
  db: AccountsDb,
  id: string,
  change: TenantChange,
): Promise<StoredTenant | undefined> {
  const fields = Object.entries(change);
  try {
    const answer = await db.client.send(
      new UpdateCommand({
        TableName: db.table.accounts,
        Key: keyOf(id),
        UpdateExpression: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(", ")}`,
        ConditionExpression: "attribute_exists(pk) AND #status <> :deleting",
        ExpressionAttributeNames: {
          "#status": "status",
          ...Object.fromEntries(fields.map(([name]) => [`#${name}`, name])),
        },
        ExpressionAttributeValues: {
          ":deleting": "deleting",
          ...Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])),
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    return StoredTenant.parse(answer.Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}

/** Takes away a tenant whose deletion has come to its end. */
export async function removeTenant(db: AccountsDb, id: string): Promise<void> {
  try {
    await db.client.send(
      new DeleteCommand({
        TableName: db.table.accounts,
        Key: keyOf(id),
        ConditionExpression: "#status = :deleting",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":deleting": "deleting" },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}

/** Notes that the tenant's key stands at the gateway. */
export async function noteGatewayKey(db: AccountsDb, tenantId: string, gatewayKeyId: string): Promise<void> {
  await db.client.send(
    new UpdateCommand({
      TableName: db.table.accounts,
      Key: keyOf(tenantId),
      UpdateExpression: "SET gatewayKeyId = :id",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":id": gatewayKeyId },
    }),
  );
}

/** All tenants, newest first. Read from an index, so one just made may come a moment late. */
export async function listTenants(
  db: AccountsDb,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<StoredTenant>> {
  const { items, nextCursor } = await ownedPage(db, "tenant", page);
  return { data: items.map(item => StoredTenant.parse(item)), nextCursor };
}

/** A page of `byOwner`, newest first: what a tenant owns, or the tenants themselves. */
export async function ownedPage(
  db: AccountsDb,
  owner: string,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<{ items: Record<string, unknown>[]; nextCursor: string | null }> {
  const before = page.cursor === undefined ? undefined : page.cursors.open(page.cursor).before;
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.accounts,
      IndexName: "byOwner",
      KeyConditionExpression: before === undefined ? "ownerPk = :owner" : "ownerPk = :owner AND ownerSk < :before",
      ExpressionAttributeValues: { ":owner": owner, ...(before === undefined ? {} : { ":before": before }) },
      ScanIndexForward: false,
      Limit: page.limit,
    }),
  );
  const last = answer.LastEvaluatedKey?.ownerSk;
  const items = answer.Items ?? [];
  return { items, nextCursor: typeof last === "string" ? page.cursors.seal({ before: last }) : null };
}
