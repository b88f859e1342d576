import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isoTime } from "../clock.ts";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import { countWebhookDelivery } from "../usage/counter.ts";
import type { Attempt } from "./attempt.ts";
import { attemptRetentionDays, attemptsKept, Delivery, type DeliveryRef, excerptRetentionDays } from "./delivery.ts";
import { duePartition, duePlace } from "./due.ts";
import type { NextStep } from "./next-step.ts";

type DeliveriesDb = Db<"deliveries">;
const daySeconds = 86_400;

export const deliveryPartition = (owner: { tenantId: string; webhookId: string }) =>
  `${owner.tenantId}#${owner.webhookId}`;
const keyOf = (delivery: DeliveryRef) => ({ pk: deliveryPartition(delivery), sk: delivery.id });
const expiryOf = (nowMs: number, days: number) => Math.floor(nowMs / 1_000) + days * daySeconds;

/** Sort key of what a try's response began with; excerpts of neighbouring deliveries are neighbours. */
export function excerptKey(deliveryId: string, attempt: number): string {
  return `excerpt#${deliveryId}#${String(attempt).padStart(4, "0")}`;
}

/**
 * Stores a new delivery; false where it is there already. `lookAtMs` is when a sweep rings again if nothing has come
 * of it by then.
 */
export async function createDelivery(
  db: DeliveriesDb,
  delivery: Delivery,
  times: { nowMs: number; lookAtMs: number },
): Promise<boolean> {
  const due = { duePk: duePartition(delivery.id), dueSk: duePlace(times.lookAtMs) };
  const ttl = expiryOf(times.nowMs, attemptRetentionDays);
  const Item = { ...delivery, ...keyOf(delivery), ...due, ttl };
  const ConditionExpression = "attribute_not_exists(pk)";
  return written(new PutCommand({ TableName: db.table.deliveries, Item, ConditionExpression }), db);
}

export async function findDelivery(db: DeliveriesDb, delivery: DeliveryRef): Promise<Delivery | undefined> {
  const Key = keyOf(delivery);
  const found = await db.client.send(new GetCommand({ TableName: db.table.deliveries, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : Delivery.parse(found.Item);
}

/** Keeps what a response began with, in an item of its own: it goes three weeks before the try does. */
export async function keepExcerpt(
  db: DeliveriesDb,
  delivery: DeliveryRef,
  attempt: number,
  excerpt: string,
  nowMs: number,
): Promise<void> {
  const Item = {
    pk: deliveryPartition(delivery),
    sk: excerptKey(delivery.id, attempt),
    excerpt,
    ttl: expiryOf(nowMs, excerptRetentionDays),
  };
  await db.client.send(new PutCommand({ TableName: db.table.deliveries, Item }));
}

/**
 * Records a try and what follows from it, together; one that delivered is counted in its tenant's usage. False, and
 * nothing written, where that try was recorded before.
 * `lookAtMs` is when a sweep takes the next try up: its own time where no queued message carries it.
 */
export async function recordAttempt(
  db: Db<"deliveries" | "usage">,
  delivery: Delivery,
  attempt: Attempt,
  step: NextStep,
  times: { nowMs: number; lookAtMs: number },
): Promise<boolean> {
  const pending = step.status === "pending";
  const set = {
    status: step.status,
    attempts: [...delivery.attempts, attempt].slice(-attemptsKept),
    nextAttempt: delivery.nextAttempt + 1,
    nextAttemptAt: pending ? isoTime(times.nowMs + step.delayMs) : null,
    ttl: expiryOf(times.nowMs, attemptRetentionDays),
  };
  const update = changeOf(db, delivery, set, pending ? times.lookAtMs : undefined);
  // As a transaction, which its token makes safe to ask again: a lost answer does not look as if it was recorded before,
  // and whoever recorded it sees to the next try.
  const counted = step.status === "delivered" ? [countWebhookDelivery(db, delivery, attempt.at)] : [];
  return transactIf(db, [{ Update: update }, ...counted]);
}

/** Ends a delivery that has nowhere to go any more: its endpoint was disabled or deleted. */
export function abandonDelivery(db: DeliveriesDb, delivery: Delivery): Promise<boolean> {
  const update = changeOf(db, delivery, { status: "failed", nextAttemptAt: null }, undefined);
  return written(new UpdateCommand(update), db);
}

/** What follows from the delivery as it was read; its condition fails where it has moved on since. */
function changeOf(
  db: DeliveriesDb,
  delivery: Delivery,
  set: Readonly<Record<string, unknown>>,
  lookAtMs: number | undefined,
) {
  const due = lookAtMs === undefined ? {} : { duePk: duePartition(delivery.id), dueSk: duePlace(lookAtMs) };
  const all: Record<string, unknown> = { ...set, ...due };
  const names = Object.keys(all);
  return {
    TableName: db.table.deliveries,
    Key: keyOf(delivery),
    UpdateExpression: `SET ${names.map(name => `#${name} = :${name}`).join(", ")}${
      lookAtMs === undefined ? " REMOVE duePk, dueSk" : ""
    }`,
    // A round begun meanwhile is not ended by what the try before it came to.
    ConditionExpression: "nextAttempt = :held AND roundStart = :round AND #status = :pending",
    ExpressionAttributeNames: { ...Object.fromEntries(names.map(name => [`#${name}`, name])), "#status": "status" },
    ExpressionAttributeValues: {
      ...Object.fromEntries(names.map(name => [`:${name}`, all[name]])),
      ":held": delivery.nextAttempt,
      ":round": delivery.roundStart,
      ":pending": "pending",
    },
  };
}

/**
 * Begins another round of tries now. Answers the delivery as it is then, or undefined where it is not there, or where
 * this replay began a round of it before.
 */
export async function reopenDelivery(
  db: DeliveriesDb,
  delivery: DeliveryRef,
  times: { nowMs: number; lookAtMs: number },
  replayId: string | null,
): Promise<Delivery | undefined> {
  try {
    const answer = await db.client.send(
      new UpdateCommand({
        TableName: db.table.deliveries,
        Key: keyOf(delivery),
        UpdateExpression:
          "SET #status = :pending, roundStart = nextAttempt, nextAttemptAt = :now, replayId = :replay, duePk = :duePk, dueSk = :dueSk, #ttl = :ttl",
        ConditionExpression: `attribute_exists(pk)${replayId === null ? "" : " AND replayId <> :replay"}`,
        ExpressionAttributeNames: { "#status": "status", "#ttl": "ttl" },
        ExpressionAttributeValues: {
          ":ttl": expiryOf(times.nowMs, attemptRetentionDays),
          ":pending": "pending",
          ":now": isoTime(times.nowMs),
          ":replay": replayId,
          ":duePk": duePartition(delivery.id),
          ":dueSk": duePlace(times.lookAtMs),
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Delivery.parse(answer.Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}

async function written(command: PutCommand | UpdateCommand, db: DeliveriesDb): Promise<boolean> {
  try {
    if (command instanceof PutCommand) await db.client.send(command);
    else await db.client.send(command);
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}
