import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { Plan } from "../account/plan.ts";
import { isoTime } from "../clock.ts";
import type { Db } from "../dynamodb/db.ts";
import { monthOf } from "./month.ts";

const count = z.int().min(0);

const MonthlyUsage = z.object({
  requests: count.meta({ description: "every request with a valid key" }),
  messages: z.object({
    sent: count.meta({ description: "WhatsApp has them" }),
    delivered: count,
    failed: count,
    received: count,
  }),
  webhookDeliveries: count.meta({ description: "that an endpoint took" }),
});
type MonthlyUsage = z.infer<typeof MonthlyUsage>;

/** What a tenant may use and what it has used, in the UTC calendar month so far. */
export const Usage = z
  .object({
    plan: Plan,
    rateLimit: z.int().meta({ description: "requests a UTC clock minute, all keys together" }),
    sessions: z.object({ used: count, limit: count.nullable().meta({ description: "null for any number" }) }),
    month: MonthlyUsage,
  })
  .meta({
    id: "Usage",
    examples: [
      {
        plan: "pro",
        rateLimit: 1000,
        sessions: { used: 3, limit: 50 },
        month: {
          requests: 18_230,
          messages: { sent: 9_120, delivered: 9_004, failed: 12, received: 4_411 },
          webhookDeliveries: 31_876,
        },
      },
    ],
  });

const Counter = z.object({
  sent: count.default(0),
  delivered: count.default(0),
  failed: count.default(0),
  received: count.default(0),
  webhookDeliveries: count.default(0),
});

/** What was counted of a tenant this month but for its requests: the sum of its counters. */
export async function usageOfMonth(
  db: Db<"usage">,
  tenantId: string,
  nowMs: number,
): Promise<Omit<MonthlyUsage, "requests">> {
  const messages = { sent: 0, delivered: 0, failed: 0, received: 0 };
  let webhookDeliveries = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.usage,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :month)",
        ExpressionAttributeValues: { ":pk": tenantId, ":month": `${monthOf(isoTime(nowMs))}#` },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const item of answer.Items ?? []) {
      const counter = Counter.parse(item);
      messages.sent += counter.sent;
      messages.delivered += counter.delivered;
      messages.failed += counter.failed;
      messages.received += counter.received;
      webhookDeliveries += counter.webhookDeliveries;
    }
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return { messages, webhookDeliveries };
}
