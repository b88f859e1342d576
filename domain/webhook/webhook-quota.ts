import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { DomainError } from "../error.ts";

/**
 * Endpoints that one tenant may have: each of its events is fanned out to all of them within one function's time, and
 * each that does not answer holds a delivery now and then.
 */
export const webhooksMax = 1_000;

class WebhookQuotaExceeded extends DomainError {
  override readonly name = "WebhookQuotaExceeded";
  constructor(options: { cause?: unknown } = {}) {
    super("quota_exceeded", `There may be ${webhooksMax} webhooks, and all of them are in use.`, options);
  }
}

/**
 * Throws WebhookQuotaExceeded where the tenant has as many endpoints as it may. Those that are made at the same moment
 * may go a few beyond it: it is a bound on work, not a price.
 */
export async function requireRoomForWebhook(db: Db<"webhooks">, tenantId: string): Promise<void> {
  let held = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.webhooks,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": tenantId },
        Select: "COUNT",
        ExclusiveStartKey,
      }),
    );
    held += answer.Count ?? 0;
    if (held >= webhooksMax) throw new WebhookQuotaExceeded();
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
