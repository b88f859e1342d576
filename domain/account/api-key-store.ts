import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isoTime } from "../clock.ts";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { deleteItems } from "../dynamodb/delete-items.ts";
import type { Cursors, Page } from "../page.ts";
import { StoredApiKey } from "./api-key.ts";
import { ownedPage } from "./tenant-store.ts";

type AccountsDb = Db<"accounts">;
const keyOf = (id: string) => ({ pk: id, sk: "key" });

/** Stores a key; `replaces` says that an earlier run of the same request may have stored it, and told nobody. */
export async function storeApiKey(db: AccountsDb, key: StoredApiKey, replaces = false): Promise<void> {
  const Item = { ...key, ...keyOf(key.id), ownerPk: key.tenantId, ownerSk: key.id };
  const fresh = replaces ? {} : { ConditionExpression: "attribute_not_exists(pk)" };
  await db.client.send(new PutCommand({ TableName: db.table.accounts, Item, ...fresh }));
}

/** Reads a key consistently, so that one just revoked is seen to be; undefined where there is none. */
export async function findApiKey(db: AccountsDb, id: string): Promise<StoredApiKey | undefined> {
  const Key = keyOf(id);
  const found = await db.client.send(new GetCommand({ TableName: db.table.accounts, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : StoredApiKey.parse(found.Item);
}

const useNotedEveryMs = 60_000;

/** Notes that a key was used, at most once a minute, however many processes see it used. */
export async function noteApiKeyUse(db: AccountsDb, key: StoredApiKey, nowMs: number): Promise<void> {
  const before = isoTime(nowMs - useNotedEveryMs);
  if (key.lastUsedAt !== null && key.lastUsedAt > before) return;
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.accounts,
        Key: keyOf(key.id),
        UpdateExpression: "SET lastUsedAt = :now",
        ConditionExpression:
          "attribute_exists(pk) AND (NOT attribute_type(lastUsedAt, :text) OR lastUsedAt <= :before)",
        ExpressionAttributeValues: { ":now": isoTime(nowMs), ":before": before, ":text": "S" },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
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

const Owned = z.object({ id: z.string() });

/** Takes away all keys of a tenant, revoked ones too. */
export async function removeApiKeys(db: AccountsDb, tenantId: string): Promise<void> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.accounts,
        IndexName: "byOwner",
        KeyConditionExpression: "ownerPk = :owner",
        ExpressionAttributeValues: { ":owner": tenantId },
        ExclusiveStartKey,
      }),
    );
    const keys = (answer.Items ?? []).map(item => keyOf(Owned.parse(item).id));
    await deleteItems(db.client, db.table.accounts, keys);
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
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
