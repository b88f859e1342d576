import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isoTime } from "../clock.ts";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import { type EventRow, eventRow, putEventRow } from "../event/log.ts";
import { webhookKey } from "./store.ts";
import { type DisabledReason, Webhook, type WebhookRef } from "./webhook.ts";
import { webhookEvent } from "./webhook-event.ts";

const failingMsMax = 5 * 86_400_000;
const failuresMin = 20;

/** Whether an endpoint has done nothing but fail for five days and at least twenty times. */
export function hasFailedForGood(webhook: Pick<Webhook, "failingSince" | "failures">, nowMs: number): boolean {
  if (webhook.failingSince === null) return false;
  return webhook.failures >= failuresMin && nowMs - Date.parse(webhook.failingSince) >= failingMsMax;
}

/** Ends an endpoint's run of failures. Costs nothing where there is none. */
export async function noteSuccess(db: Db<"webhooks">, webhook: Webhook): Promise<void> {
  if (webhook.failingSince === null) return;
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.webhooks,
        Key: webhookKey(webhook),
        UpdateExpression: "SET failures = :none REMOVE failingSince",
        ConditionExpression: "attribute_exists(failingSince)",
        ExpressionAttributeValues: { ":none": 0 },
      }),
    );
  } catch (error) {
    // Another success said so first, or the endpoint is deleted.
    if (!isConditionFailed(error)) throw error;
  }
}

/** Counts a failure, the first of a run with its time. Answers the endpoint as it is then, or undefined where it is gone. */
export async function noteFailure(
  db: Db<"webhooks">,
  webhook: WebhookRef,
  nowMs: number,
): Promise<Webhook | undefined> {
  try {
    const answer = await db.client.send(
      new UpdateCommand({
        TableName: db.table.webhooks,
        Key: webhookKey(webhook),
        UpdateExpression: "SET failingSince = if_not_exists(failingSince, :now) ADD failures :one",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":now": isoTime(nowMs), ":one": 1 },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Webhook.parse(answer.Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}

/**
 * Disables an endpoint and writes `webhook.disabled` in the same transaction. Answers the event's row, still to be
 * published, or undefined where the endpoint is disabled or gone already.
 */
export async function disableWebhook(
  db: Db<"webhooks" | "events">,
  webhook: Webhook,
  reason: DisabledReason,
  nowMs: number,
): Promise<EventRow | undefined> {
  const change = { enabled: false, disabledReason: reason, updatedAt: isoTime(nowMs) };
  const event = webhookEvent({ ...webhook, ...change }, "webhook.disabled", change.updatedAt, nowMs);
  const row = eventRow(event, nowMs);
  const update = {
    Update: {
      TableName: db.table.webhooks,
      Key: webhookKey(webhook),
      UpdateExpression: "SET enabled = :no, disabledReason = :reason, updatedAt = :now",
      ConditionExpression: "enabled = :yes",
      ExpressionAttributeValues: { ":no": false, ":yes": true, ":reason": reason, ":now": change.updatedAt },
    },
  };
  return (await transactIf(db, [update, putEventRow(db, row)])) ? row : undefined;
}
