import { setTimeout as delay } from "node:timers/promises";
import { BatchGetCommand, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transact } from "../dynamodb/transaction.ts";
import type { Cursors, Page } from "../page.ts";
import { type CampaignRef, StoredCampaign } from "./campaign.ts";
import { CampaignContent } from "./content.ts";
import { campaignKey, contentKey, partOf, putCampaign, putContent, runningPartition, updateCampaign } from "./item.ts";

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
  return isWritten(db, [putCampaign(db, campaign, undefined, nowMs), putContent(db, campaign, content)]);
}

/** Puts a draft in the place of what was read; false where it is no longer as it was. */
export function replaceCampaign(
  db: CampaignsDb,
  before: StoredCampaign,
  { campaign, content }: CampaignWithContent,
  nowMs: number,
): Promise<boolean> {
  const after = { ...campaign, revision: before.revision + 1 };
  return isWritten(db, [putCampaign(db, after, before, nowMs), putContent(db, campaign, content)]);
}

/** Hides a campaign for good; its rows are erased later. False where it is no longer as it was. */
export function markDeleted(db: CampaignsDb, before: StoredCampaign, at: string): Promise<boolean> {
  const after = { ...before, revision: before.revision + 1, deletedAt: at };
  return isWritten(db, [updateCampaign(db, before, after, Date.parse(at))]);
}

async function isWritten(db: CampaignsDb, items: Parameters<typeof transact>[1]): Promise<boolean> {
  try {
    await transact(db, items);
    return true;
  } catch (error) {
    if (failedConditions(error)?.includes(0)) return false;
    throw error;
  }
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

const triesMax = 8;
const Keyed = z.object({ pk: z.string() });

/** What up to a hundred campaigns say, by their ids. */
async function contentsOf(db: CampaignsDb, refs: readonly CampaignRef[]): Promise<Map<string, CampaignContent>> {
  const table = db.table.campaigns;
  const found = new Map<string, CampaignContent>();
  let Keys: Record<string, unknown>[] = refs.map(contentKey);
  for (let attempt = 1; Keys.length > 0; attempt++) {
    const RequestItems = { [table]: { Keys, ConsistentRead: true } };
    const answer = await db.client.send(new BatchGetCommand({ RequestItems }));
    for (const item of answer.Responses?.[table] ?? []) found.set(Keyed.parse(item).pk, CampaignContent.parse(item));
    Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (Keys.length > 0 && attempt >= triesMax) throw new Error(`${Keys.length} campaigns were left unread`);
    if (Keys.length > 0) await delay(Math.random() * 20 * 2 ** attempt);
  }
  const pairs = refs.map(ref => [ref.id, found.get(partOf(ref))] as const);
  return new Map(pairs.flatMap(([id, content]) => (content === undefined ? [] : [[id, content]])));
}

/**
 * The campaigns that a session is sending now, oldest first: running, and all their recipients made. Found through an
 * index, which is a moment late, and read as they are.
 */
export async function runningCampaigns(
  db: CampaignsDb,
  session: { readonly tenantId: StoredCampaign["tenantId"]; readonly id: StoredCampaign["sessionId"] },
): Promise<StoredCampaign[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.campaigns,
      IndexName: "running",
      KeyConditionExpression: "runningPk = :session",
      ExpressionAttributeValues: { ":session": runningPartition(session.tenantId, session.id) },
    }),
  );
  const refs = (answer.Items ?? []).map(item => StoredCampaign.pick({ id: true }).parse({ id: item.sk }));
  const found = await Promise.all(refs.map(({ id }) => findCampaign(db, { tenantId: session.tenantId, id })));
  return found.filter(campaign => campaign?.status === "running").filter(campaign => campaign !== undefined);
}
