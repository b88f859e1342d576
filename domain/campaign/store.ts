import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import type { Cursors, Page } from "../page.ts";
import { type CampaignRef, StoredCampaign } from "./campaign.ts";
import { CampaignContent } from "./content.ts";
import { campaignKey, contentKey, partOf, putCampaign, putContent, updateCampaign } from "./item.ts";

type CampaignsDb = Db<"campaigns">;

/** A campaign and what it says. */
export interface CampaignWithContent {
  readonly campaign: StoredCampaign;
  readonly content: CampaignContent;
}

/** Stores a new campaign; false where it is there already. */
export function createCampaign(
  db: CampaignsDb,
  { campaign, content }: CampaignWithContent,
  nowMs: number,
): Promise<boolean> {
  return transactIf(db, [putCampaign(db, campaign, undefined, nowMs), putContent(db, campaign, content)]);
}

/** Puts a draft in the place of what was read; false where it is no longer as it was. */
export function replaceCampaign(
  db: CampaignsDb,
  before: StoredCampaign,
  { campaign, content }: CampaignWithContent,
  nowMs: number,
): Promise<boolean> {
  const after = { ...campaign, revision: before.revision + 1 };
  return transactIf(db, [putCampaign(db, after, before, nowMs), putContent(db, campaign, content)]);
}

/** Hides a campaign for good; its rows are erased later. False where it is no longer as it was. */
export function markDeleted(db: CampaignsDb, before: StoredCampaign, at: string): Promise<boolean> {
  const after = { ...before, revision: before.revision + 1, deletedAt: at };
  return transactIf(db, [updateCampaign(db, before, after, Date.parse(at))]);
}

/** Reads a campaign consistently, a deleted one that is being erased too; or undefined. */
export async function findCampaignRow(db: CampaignsDb, ref: CampaignRef): Promise<StoredCampaign | undefined> {
  const get = new GetCommand({ TableName: db.table.campaigns, Key: campaignKey(ref), ConsistentRead: true });
  const { Item } = await db.client.send(get);
  return Item === undefined ? undefined : StoredCampaign.parse(Item);
}

/** Reads a campaign consistently, or undefined. */
export async function findCampaign(db: CampaignsDb, ref: CampaignRef): Promise<StoredCampaign | undefined> {
  const found = await findCampaignRow(db, ref);
  return found?.deletedAt === null ? found : undefined;
}

/** What a campaign says. Throws where the campaign is gone. */
export async function contentOf(db: CampaignsDb, ref: CampaignRef): Promise<CampaignContent> {
  const get = new GetCommand({ TableName: db.table.campaigns, Key: contentKey(ref), ConsistentRead: true });
  return CampaignContent.parse((await db.client.send(get)).Item);
}

const LastKey = z.object({ sk: z.string() });

/** A tenant's campaigns, newest first. Those that are being erased may leave a page shorter than its limit. */
export async function listCampaigns(
  db: CampaignsDb,
  tenantId: string,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<CampaignWithContent>> {
  const after = page.cursor === undefined ? undefined : page.cursors.open(page.cursor).after;
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.campaigns,
      KeyConditionExpression: "pk = :pk",
      FilterExpression: "deletedAt = :none",
      ExpressionAttributeValues: { ":pk": tenantId, ":none": null },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: page.limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk: tenantId, sk: after } }),
    }),
  );
  const last = LastKey.optional().parse(answer.LastEvaluatedKey);
  const campaigns = (answer.Items ?? []).map(item => StoredCampaign.parse(item));
  const contents = await contentsOf(db, campaigns);
  const data = campaigns.flatMap(campaign => {
    const content = contents.get(campaign.id);
    return content === undefined ? [] : [{ campaign, content }];
  });
  return { data, nextCursor: last === undefined ? null : page.cursors.seal({ after: last.sk }) };
}

const Keyed = CampaignContent.extend({ pk: z.string() });

/** What campaigns say, by their ids. */
async function contentsOf(db: CampaignsDb, refs: readonly CampaignRef[]): Promise<Map<string, CampaignContent>> {
  const items = await readItems(db.client, db.table.campaigns, refs.map(contentKey));
  const found = new Map(items.map(item => Keyed.parse(item)).map(({ pk, ...content }) => [pk, content] as const));
  const pairs = refs.map(ref => [ref.id, found.get(partOf(ref))] as const);
  return new Map(pairs.flatMap(([id, content]) => (content === undefined ? [] : [[id, content]])));
}
