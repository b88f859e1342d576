import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { monthExpiry, monthOf } from "./month.ts";

export type MessageCount = "sent" | "delivered" | "failed" | "received";

/**
 * The transaction item that counts what became of a message: put it beside the change of status, so that what is
 * done twice is counted once. Each session has a counter of its own, which only its owner writes to, one change
 * after the other: a counter of the whole tenant would make transactions of different sessions conflict.
 */
export function countMessage(
  db: Db<"usage">,
  owner: { readonly tenantId: string; readonly sessionId: string },
  counts: readonly MessageCount[],
  at: string,
): TransactItem[] {
  return counts.length === 0 ? [] : [add(db, owner.tenantId, owner.sessionId, counts, at)];
}

/** A tenant's endpoints are served by a hundred functions at once: so many counters keep them out of each other's way. */
const webhookParts = 8;

/** The transaction item that counts a webhook delivered. */
export function countWebhookDelivery(
  db: Db<"usage">,
  delivery: { readonly tenantId: string; readonly id: string },
  at: string,
): TransactItem {
  const part =
    (delivery.id.charCodeAt(delivery.id.length - 1) + delivery.id.charCodeAt(delivery.id.length - 2)) % webhookParts;
  return add(db, delivery.tenantId, `webhooks#${part}`, ["webhookDeliveries"], at);
}

function add(db: Db<"usage">, tenantId: string, counter: string, names: readonly string[], at: string): TransactItem {
  return {
    Update: {
      TableName: db.table.usage,
      Key: { pk: tenantId, sk: `${monthOf(at)}#${counter}` },
      UpdateExpression: `SET #ttl = :ttl ADD ${names.map(name => `#${name} :one`).join(", ")}`,
      ExpressionAttributeNames: { "#ttl": "ttl", ...Object.fromEntries(names.map(name => [`#${name}`, name])) },
      ExpressionAttributeValues: { ":ttl": monthExpiry(at), ":one": 1 },
    },
  };
}
