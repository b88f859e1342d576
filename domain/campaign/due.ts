import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { idOf } from "../id.ts";
import type { StoredCampaign } from "./campaign.ts";
import { duePartition, duePlace } from "./item.ts";
import { findCampaignRow } from "./store.ts";

const Due = z.object({ pk: idOf("ten"), sk: idOf("cmp") });

/**
 * Campaigns that something must be done to by now, the longest due first: one that is `scheduled` is to be started; any
 * other has rows that are being made or erased, and the queue message for it was lost, so that another one is to be sent.
 * Found through an index and read as they are.
 */
export async function dueCampaigns(db: Db<"campaigns">, nowMs: number, limit: number): Promise<StoredCampaign[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.campaigns,
      IndexName: "due",
      KeyConditionExpression: "duePk = :due AND dueSk <= :now",
      ExpressionAttributeValues: { ":due": duePartition, ":now": duePlace(nowMs) },
      Limit: limit,
    }),
  );
  const refs = (answer.Items ?? []).map(item => Due.parse(item));
  const found = await Promise.all(refs.map(({ pk, sk }) => findCampaignRow(db, { tenantId: pk, id: sk })));
  return found.filter(campaign => campaign !== undefined);
}
