import { QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { StoredCampaign } from "../../domain/campaign/campaign.ts";
import { campaignKey, duePlaceOf, partOf } from "../../domain/campaign/item.ts";
import { isConditionFailed } from "../../domain/dynamodb/condition.ts";
import { deleteItems } from "../../domain/dynamodb/delete-items.ts";
import type { Materialising } from "./materialising.ts";

const pageSize = 200;
const Keys = z.array(z.object({ pk: z.string(), sk: z.string() }));

/** Erases the rows of a deleted campaign, itself last. True where time ran out before its end. */
export async function eraseCampaign(deps: Materialising, campaign: StoredCampaign): Promise<boolean> {
  const { db, mayGoOn } = deps;
  const whole = partOf(campaign);
  const places = [
    { table: db.table.campaign_recipients, pk: whole },
    { table: db.table.campaign_recipients, pk: `${whole}#chats` },
    { table: db.table.campaign_recipients, pk: `${whole}#messages` },
    { table: db.table.campaigns, pk: whole },
  ];
  for (const { table, pk } of places) {
    for (;;) {
      const keys = await keysIn(db.client, table, pk);
      if (keys.length === 0) break;
      await deleteItems(db.client, table, keys);
      if (!mayGoOn()) return isStillThere(deps, campaign);
    }
  }
  await deleteItems(db.client, db.table.campaigns, [campaignKey(campaign)]);
  return false;
}

/** Puts off when the sweep takes the erasing for lost, so that it does not begin a second one beside this. */
async function isStillThere({ db, now }: Materialising, campaign: StoredCampaign): Promise<boolean> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.campaigns,
        Key: campaignKey(campaign),
        UpdateExpression: "SET dueSk = :later",
        ConditionExpression: "attribute_exists(duePk)",
        ExpressionAttributeValues: { ":later": duePlaceOf(campaign, now()).dueSk },
      }),
    );
    return true;
  } catch (error) {
    // Somebody else has come to the end meanwhile.
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

async function keysIn(client: Materialising["db"]["client"], TableName: string, pk: string) {
  const answer = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ProjectionExpression: "pk, sk",
      ConsistentRead: true,
      Limit: pageSize,
    }),
  );
  return Keys.parse(answer.Items ?? []);
}
