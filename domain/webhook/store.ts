import { DeleteCommand, GetCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isoTime } from "../clock.ts";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { newestFirst } from "../dynamodb/newest-first.ts";
import { transact, transactIf } from "../dynamodb/transaction.ts";
import type { Cursors, Page } from "../page.ts";
import { Webhook, type WebhookRef } from "./webhook.ts";

type WebhooksDb = Db<"webhooks">;
export const webhookKey = (webhook: WebhookRef) => ({ pk: webhook.tenantId, sk: webhook.id });

export async function createWebhook(db: WebhooksDb, webhook: Webhook): Promise<void> {
  // `failingSince` is absent rather than null while all is well: the first failure sets it by if_not_exists.
  const Item = { ...webhook, failingSince: webhook.failingSince ?? undefined, ...webhookKey(webhook) };
  const ConditionExpression = "attribute_not_exists(pk)";
  // As a transaction, which its token makes safe to ask again: where an answer is lost the endpoint would stand, and
  // nobody would have been told its secret.
  await transact(db, [{ Put: { TableName: db.table.webhooks, Item, ConditionExpression } }]);
}

/** Reads an endpoint consistently, or undefined: an unknown one and another tenant's look the same. */
export async function findWebhook(db: WebhooksDb, tenantId: string, id: string): Promise<Webhook | undefined> {
  const Key = { pk: tenantId, sk: id };
  const found = await db.client.send(new GetCommand({ TableName: db.table.webhooks, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : Webhook.parse(found.Item);
}

/** A tenant's endpoints, newest first. */
export function listWebhooks(
  db: WebhooksDb,
  tenantId: string,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<Webhook>> {
  return newestFirst(db, { table: db.table.webhooks, tenantId, schema: Webhook }, page);
}

/** All of a tenant's endpoints, read consistently: one made a moment ago gets the very next event. */
export async function* webhooksOf(db: WebhooksDb, tenantId: string): AsyncGenerator<Webhook> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.webhooks,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": tenantId },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const item of answer.Items ?? []) yield Webhook.parse(item);
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

/** What a customer may set. */
export type WebhookSettings = Pick<Webhook, "url" | "events" | "sessionIds" | "description" | "enabled">;

/**
 * Changes what the customer set. Enabling an endpoint, or giving it another URL, forgets its failures: the five days
 * begin anew. Answers it as it is then, or undefined where it is gone.
 */
export async function changeWebhook(
  db: WebhooksDb,
  webhook: WebhookRef,
  settings: Partial<WebhookSettings>,
  nowMs: number,
): Promise<Webhook | undefined> {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const forgets = settings.enabled === true || settings.url !== undefined;
  const set = {
    ...given,
    ...(settings.enabled === undefined ? {} : { disabledReason: settings.enabled ? null : "requested" }),
    ...(forgets ? { failures: 0 } : {}),
    updatedAt: isoTime(nowMs),
  };
  return updateWebhook(db, webhook, set, forgets ? " REMOVE failingSince" : "");
}

const previousSecretsKept = 4;

/**
 * Puts a new secret in place of the present one, which goes on signing until `overlapEndsMs`. Answers the endpoint as
 * it is then, or undefined where it is gone or its secret was replaced meanwhile.
 */
export async function replaceSecret(
  db: WebhooksDb,
  webhook: Webhook,
  secret: Uint8Array,
  times: { nowMs: number; overlapEndsMs: number },
): Promise<Webhook | undefined> {
  const replaced = { secret: webhook.secret, until: isoTime(times.overlapEndsMs) };
  const previousSecrets = [replaced, ...webhook.previousSecrets]
    .filter(({ until }) => times.nowMs < Date.parse(until))
    .slice(0, previousSecretsKept);
  const update = {
    TableName: db.table.webhooks,
    Key: webhookKey(webhook),
    UpdateExpression: "SET secret = :secret, previousSecrets = :previous, updatedAt = :now",
    ConditionExpression: "secret = :held",
    ExpressionAttributeValues: {
      ":secret": secret,
      ":previous": previousSecrets,
      ":now": isoTime(times.nowMs),
      ":held": webhook.secret,
    },
  };
  // As a transaction, which its token makes safe to ask again: where an answer is lost the new secret would sign, and
  // nobody would have been told it.
  return (await transactIf(db, [{ Update: update }])) ? findWebhook(db, webhook.tenantId, webhook.id) : undefined;
}

async function updateWebhook(
  db: WebhooksDb,
  webhook: WebhookRef,
  set: Readonly<Record<string, unknown>>,
  remove: string,
): Promise<Webhook | undefined> {
  const names = Object.keys(set);
  try {
    const answer = await db.client.send(
      new UpdateCommand({
        TableName: db.table.webhooks,
        Key: webhookKey(webhook),
        UpdateExpression: `SET ${names.map(name => `#${name} = :${name}`).join(", ")}${remove}`,
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeNames: Object.fromEntries(names.map(name => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(names.map(name => [`:${name}`, set[name]])),
        ReturnValues: "ALL_NEW",
      }),
    );
    return Webhook.parse(answer.Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}

/** Deletes an endpoint; what was still to be sent to it is not sent. False where it is gone already. */
export async function deleteWebhook(db: WebhooksDb, webhook: WebhookRef): Promise<boolean> {
  const Key = webhookKey(webhook);
  const command = new DeleteCommand({ TableName: db.table.webhooks, Key, ReturnValues: "ALL_OLD" });
  return (await db.client.send(command)).Attributes !== undefined;
}
