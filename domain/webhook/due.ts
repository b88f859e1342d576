import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import { Delivery } from "./delivery.ts";

/** Partitions of the index, so that no single one takes all the writes. */
export const dueShards = 8;

/**
 * How long after a try was due, with a queued message on its way to start it, a sweep takes that message for lost.
 * Longer than the queue is ever behind in good times: a second message is harmless, but it is work.
 */
export const lostMessageMs = 300_000;

export function duePartition(deliveryId: string): string {
  const code = deliveryId.charCodeAt(deliveryId.length - 1) + deliveryId.charCodeAt(deliveryId.length - 2);
  return `due#${code % dueShards}`;
}

const placeLength = 14;

export function duePlace(lookAtMs: number): string {
  return String(Math.round(lookAtMs)).padStart(placeLength, "0");
}

/** A delivery that somebody must look at by the time in `dueSk`. */
export const DueDelivery = z.object({ pk: z.string(), sk: z.string(), dueSk: z.string() });
export type DueDelivery = z.infer<typeof DueDelivery>;

export function dueMs(due: DueDelivery): number {
  return Number(due.dueSk.slice(0, placeLength));
}

/** Pending deliveries of one partition to look at before `beforeMs`, the longest due first. */
export async function dueDeliveries(
  db: Db<"deliveries">,
  shard: number,
  beforeMs: number,
  limit: number,
): Promise<DueDelivery[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.deliveries,
      IndexName: "due",
      KeyConditionExpression: "duePk = :shard AND dueSk < :before",
      ExpressionAttributeValues: { ":shard": `due#${shard}`, ":before": duePlace(beforeMs) },
      Limit: limit,
    }),
  );
  return (answer.Items ?? []).map(item => DueDelivery.parse(item));
}

/**
 * Takes a due delivery up: moves the time to look again to `lookAtMs`, which only one of several sweeps can. Answers
 * the delivery, or undefined where another was first or nothing is due any more.
 */
export async function claimDue(
  db: Db<"deliveries">,
  due: DueDelivery,
  lookAtMs: number,
): Promise<Delivery | undefined> {
  const Key = { pk: due.pk, sk: due.sk };
  const TableName = db.table.deliveries;
  const later = {
    TableName,
    Key,
    UpdateExpression: "SET dueSk = :later",
    ConditionExpression: "dueSk = :seen",
    ExpressionAttributeValues: { ":later": duePlace(lookAtMs), ":seen": due.dueSk },
  };
  // As a transaction, which its token makes safe to ask again: a lost answer does not look as if another was first.
  if (!(await transactIf(db, [{ Update: later }]))) return undefined;
  const found = await db.client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : Delivery.parse(found.Item);
}
