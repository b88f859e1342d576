import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import type { CampaignRef, StoredCampaign } from "./campaign.ts";
import type { CampaignContent } from "./content.ts";

export const campaignKey = ({ tenantId, id }: CampaignRef) => ({ pk: tenantId, sk: id });
/** Where what belongs to one campaign stands: in the table of campaigns, and its recipients in theirs. */
export const partOf = ({ tenantId, id }: CampaignRef) => `${tenantId}#${id}`;
export const contentKey = (ref: CampaignRef) => ({ pk: partOf(ref), sk: "content" });

/** How long after a step a campaign's queued message is taken for lost, if it has not shown another one by then. */
const lostMessageMs = 120_000;
export const duePartition = "due";
export const duePlace = (atMs: number) => String(Math.round(atMs)).padStart(14, "0");

/** When somebody must look at a campaign by itself: to begin it, or to go on making or erasing its rows. */
function lookAtMs(campaign: StoredCampaign, nowMs: number): number | undefined {
  if (campaign.deletedAt !== null) return nowMs + lostMessageMs;
  if (campaign.status === "scheduled") return Date.parse(campaign.scheduledAt ?? campaign.createdAt);
  return campaign.status === "running" && !campaign.materialised ? nowMs + lostMessageMs : undefined;
}

/** The attributes that put a campaign into the index of what is due; undefined takes it out. */
export function duePlaceOf(campaign: StoredCampaign, nowMs: number) {
  const atMs = lookAtMs(campaign, nowMs);
  if (atMs === undefined) return { duePk: undefined, dueSk: undefined };
  return { duePk: duePartition, dueSk: duePlace(atMs) };
}

export function putCampaign(
  db: Db<"campaigns">,
  campaign: StoredCampaign,
  before: StoredCampaign | undefined,
  nowMs: number,
): TransactItem {
  const condition =
    before === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :before", ExpressionAttributeValues: { ":before": before.revision } };
  const Item = { ...campaign, ...campaignKey(campaign), ...duePlaceOf(campaign, nowMs) };
  return { Put: { TableName: db.table.campaigns, Item, ...condition } };
}

export function putContent(db: Db<"campaigns">, ref: CampaignRef, content: CampaignContent): TransactItem {
  return { Put: { TableName: db.table.campaigns, Item: { ...content, ...contentKey(ref) } } };
}

/**
 * The transaction item that takes a campaign from one revision to the next: it sets what differs and nothing else, so
 * that the counts of its recipients, which others move meanwhile, are left alone.
 */
export function updateCampaign(
  db: Db<"campaigns">,
  before: StoredCampaign,
  after: StoredCampaign,
  nowMs: number,
): TransactItem {
  const { stats: _counted, replied: _replies, ...fields } = after;
  const given: Record<string, unknown> = { ...fields, ...duePlaceOf(after, nowMs) };
  const was: Record<string, unknown> = { ...before };
  const set = Object.keys(given).filter(name => given[name] !== undefined && given[name] !== was[name]);
  const gone = Object.keys(given).filter(name => given[name] === undefined);
  return {
    Update: {
      TableName: db.table.campaigns,
      Key: campaignKey(before),
      UpdateExpression: [
        `SET ${set.map(name => `#${name} = :${name}`).join(", ")}`,
        ...(gone.length === 0 ? [] : [`REMOVE ${gone.map(name => `#${name}`).join(", ")}`]),
      ].join(" "),
      ConditionExpression: "#revision = :before",
      ExpressionAttributeNames: Object.fromEntries([...set, ...gone, "revision"].map(name => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ":before": before.revision,
        ...Object.fromEntries(set.map(name => [`:${name}`, given[name]])),
      },
    },
  };
}
