import { QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import type { Cursors, Page } from "../page.ts";
import { Delivery, type DeliveryStatus, type PublicDelivery, publicDelivery } from "./delivery.ts";
import { deliveryPartition, excerptKey } from "./delivery-store.ts";
import type { WebhookRef } from "./webhook.ts";

/** Everything of a delivery but its body, which no listing shows. */
const ListedDelivery = Delivery.omit({ body: true });
type ListedDelivery = z.infer<typeof ListedDelivery>;

/** Rows read for one page at most where the filter throws most of them away; the cursor then goes on from there. */
const readMax = 1_000;

export interface DeliveryQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly cursors: Cursors;
  readonly status?: DeliveryStatus | undefined;
  readonly nowMs: number;
}

/** An endpoint's deliveries with their tries, newest event first. */
export async function listDeliveries(
  db: Db<"deliveries">,
  webhook: WebhookRef,
  query: DeliveryQuery,
): Promise<Page<PublicDelivery>> {
  const pk = deliveryPartition({ tenantId: webhook.tenantId, webhookId: webhook.id });
  const { found, after } = await readPage(db, pk, query);
  const data = await withExcerpts(db, webhook, found, query.nowMs);
  return { data, nextCursor: after === undefined ? null : query.cursors.seal({ after }) };
}

/** One endpoint's deliveries as customers see them, neighbours in the order of their ids. */
export async function withExcerpts(
  db: Db<"deliveries">,
  webhook: WebhookRef,
  deliveries: readonly ListedDelivery[],
  nowMs: number,
): Promise<PublicDelivery[]> {
  const pk = deliveryPartition({ tenantId: webhook.tenantId, webhookId: webhook.id });
  const excerpts = await excerptsOf(db, pk, deliveries, nowMs);
  return deliveries.map(delivery =>
    publicDelivery(delivery, attempt => excerpts.get(excerptKey(delivery.id, attempt))),
  );
}

async function readPage(db: Db<"deliveries">, pk: string, query: DeliveryQuery) {
  const found: ListedDelivery[] = [];
  let after = query.cursor === undefined ? undefined : query.cursors.open(query.cursor).after;
  for (let read = 0; read < readMax; ) {
    const rows = await rowsAfter(db, pk, after, query.limit);
    for (const row of rows.deliveries) {
      read++;
      after = row.id;
      if (query.status === undefined || row.status === query.status) found.push(row);
      if (found.length === query.limit) return { found, after };
    }
    if (!rows.more) return { found, after: undefined };
  }
  return { found, after };
}

async function rowsAfter(db: Db<"deliveries">, pk: string, after: string | undefined, limit: number) {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.deliveries,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :deliveries)",
      ExpressionAttributeValues: { ":pk": pk, ":deliveries": "dlv_" },
      ...projectionOf(ListedDelivery),
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk, sk: after } }),
    }),
  );
  const deliveries = (answer.Items ?? []).map(item => ListedDelivery.parse(item));
  return { deliveries, more: answer.LastEvaluatedKey !== undefined };
}

function projectionOf(
  schema: z.ZodObject,
): Pick<QueryCommandInput, "ProjectionExpression" | "ExpressionAttributeNames"> {
  const names = Object.keys(schema.shape);
  return {
    ProjectionExpression: names.map(name => `#${name}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(names.map(name => [`#${name}`, name])),
  };
}

const Excerpt = z.object({ sk: z.string(), excerpt: z.string(), ttl: z.int() });

/** What the responses of these deliveries began with, by sort key; one range, since the deliveries are neighbours. */
async function excerptsOf(db: Db<"deliveries">, pk: string, deliveries: readonly ListedDelivery[], nowMs: number) {
  const excerpts = new Map<string, string>();
  const [newest, oldest] = [deliveries.at(0), deliveries.at(-1)];
  if (newest === undefined || oldest === undefined) return excerpts;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.deliveries,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :oldest AND :newest",
        ExpressionAttributeValues: {
          ":pk": pk,
          ":oldest": excerptKey(oldest.id, 0),
          ":newest": excerptKey(newest.id, 9_999),
        },
        ExclusiveStartKey,
      }),
    );
    for (const item of answer.Items ?? []) {
      const { sk, excerpt, ttl } = Excerpt.parse(item);
      // DynamoDB deletes what has expired some hours late.
      if (ttl * 1_000 > nowMs) excerpts.set(sk, excerpt);
    }
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return excerpts;
}
