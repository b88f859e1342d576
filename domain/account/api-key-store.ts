import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import type { Cursors, Page } from "../page.ts";
import { StoredApiKey } from "./api-key.ts";
import { ownedPage } from "./tenant-store.ts";

type AccountsDb = Db<"accounts">;
const keyOf = (id: string) => ({ pk: id, sk: "key" });

export async function storeApiKey(db: AccountsDb, key: StoredApiKey): Promise<void> {
  const Item = { ...key, ...keyOf(key.id), ownerPk: key.tenantId, ownerSk: key.id };
  const ConditionExpression = "attribute_not_exists(pk)";
  await db.client.send(new PutCommand({ TableName: db.table.accounts, Item, ConditionExpression }));
}

/** Reads a key consistently, so that one just revoked is seen to be; undefined where there is none. */
export async function findApiKey(db: AccountsDb, id: string): Promise<StoredApiKey | undefined> {
  const Key = keyOf(id);
  const found = await db.client.send(new GetCommand({ TableName: db.table.accounts, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : StoredApiKey.parse(found.Item);
}

/** A tenant's keys, revoked ones too, newest first. Read from an index: one just made may come a moment late. */
export async function listApiKeys(
  db: AccountsDb,
  tenantId: string,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<StoredApiKey>> {
  const { items, nextCursor } = await ownedPage(db, tenantId, page);
  return { data: items.map(item => StoredApiKey.parse(item)), nextCursor };
}

/** Revokes a key for good; doing it again keeps the time of the first. Answers it, or undefined where there is none. */
export async function revokeApiKey(db: AccountsDb, id: string, at: string): Promise<StoredApiKey | undefined> {
  try {
    const answer = await db.client.send(
      new UpdateCommand({
        TableName: db.table.accounts,
        Key: keyOf(id),
        UpdateExpression: "SET #status = :revoked, revokedAt = :at",
        ConditionExpression: "#status = :active",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":revoked": "revoked", ":active": "active", ":at": at },
        ReturnValues: "ALL_NEW",
      }),
    );
    return StoredApiKey.parse(answer.Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return findApiKey(db, id);
    throw error;
  }
}
