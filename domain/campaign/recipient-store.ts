import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import type { Id } from "../id.ts";
import type { Cursors, Page } from "../page.ts";
import type { CampaignRef } from "./campaign.ts";
import { partOf } from "./item.ts";
import { type RecipientRef, type RecipientStatus, StoredRecipient } from "./recipient.ts";
import { messageClaimKey, recipientKey, statusPartition, turnPartition } from "./recipient-item.ts";

type RecipientsDb = Db<"campaign_recipients">;

/** Reads a recipient consistently, or undefined. */
export async function findRecipient(db: RecipientsDb, ref: RecipientRef): Promise<StoredRecipient | undefined> {
  const TableName = db.table.campaign_recipients;
  const { Item } = await db.client.send(new GetCommand({ TableName, Key: recipientKey(ref), ConsistentRead: true }));
  return Item === undefined ? undefined : StoredRecipient.parse(Item);
}

/** The recipient of a campaign whose message it is; or undefined. */
export function recipientOfMessage(db: RecipientsDb, { tenantId, id }: CampaignRef, messageId: Id<"msg">) {
  const of = { tenantId, campaignId: id };
  return claimant(db, of, messageClaimKey(of, messageId));
}

const Claim = z.object({ position: z.int() });

async function claimant(
  db: RecipientsDb,
  of: Pick<RecipientRef, "tenantId" | "campaignId">,
  Key: { pk: string; sk: string },
): Promise<StoredRecipient | undefined> {
  const TableName = db.table.campaign_recipients;
  const { Item } = await db.client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return Item === undefined ? undefined : findRecipient(db, { ...of, position: Claim.parse(Item).position });
}

const Key = z.object({ pk: z.string(), sk: z.string() });

/**
 * The next pending recipients, in the order of the audience: those whom the session has not written with before, or the
 * others. Found through an index, which is a moment late, and read as they are; those that moved meanwhile are left out.
 */
export async function nextPending(
  db: RecipientsDb,
  { tenantId, id }: CampaignRef,
  { firstContact, limit }: { readonly firstContact: boolean; readonly limit: number },
): Promise<StoredRecipient[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.campaign_recipients,
      IndexName: "byTurn",
      KeyConditionExpression: "turnPk = :turn",
      ExpressionAttributeValues: { ":turn": turnPartition({ tenantId, campaignId: id }, firstContact) },
      Limit: limit,
    }),
  );
  const found = await recipientsAt(
    db,
    (answer.Items ?? []).map(item => Key.parse(item)),
  );
  return found.filter(({ status }) => status === "pending");
}

/** Recipients whose messages were accepted and are not known to have been sent. Found and read as `nextPending` does. */
export async function queuedRecipients(
  db: RecipientsDb,
  { tenantId, id }: CampaignRef,
  limit: number,
): Promise<StoredRecipient[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.campaign_recipients,
      IndexName: "byStatus",
      KeyConditionExpression: "statusPk = :queued",
      ExpressionAttributeValues: { ":queued": statusPartition({ tenantId, campaignId: id }, "queued") },
      Limit: limit,
    }),
  );
  const found = await recipientsAt(
    db,
    (answer.Items ?? []).map(item => Key.parse(item)),
  );
  return found.filter(({ status }) => status === "queued");
}

/** A campaign's recipients in the order of the audience, all or those with a status. */
export async function listRecipients(
  db: RecipientsDb,
  ref: CampaignRef,
  page: { limit: number; status?: RecipientStatus | undefined; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<StoredRecipient>> {
  const pk = partOf(ref);
  const { status } = page;
  const statusPk = status && statusPartition({ tenantId: ref.tenantId, campaignId: ref.id }, status);
  const after = page.cursor === undefined ? undefined : page.cursors.open(page.cursor).after;
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.campaign_recipients,
      ...(statusPk === undefined ? { ConsistentRead: true } : { IndexName: "byStatus" }),
      KeyConditionExpression: statusPk === undefined ? "pk = :of" : "statusPk = :of",
      ExpressionAttributeValues: { ":of": statusPk ?? pk },
      Limit: page.limit,
      ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after, ...(statusPk && { statusPk }) },
    }),
  );
  const keys = (answer.Items ?? []).map(item => Key.parse(item));
  const data =
    status === undefined
      ? (answer.Items ?? []).map(item => StoredRecipient.parse(item))
      : (await recipientsAt(db, keys)).filter(recipient => recipient.status === status);
  const last = keys.at(-1);
  const more = answer.LastEvaluatedKey !== undefined && last !== undefined;
  return { data, nextCursor: more ? page.cursors.seal({ after: last.sk }) : null };
}

/** Recipients, read consistently, in the order of their positions. */
async function recipientsAt(db: RecipientsDb, keys: readonly z.infer<typeof Key>[]): Promise<StoredRecipient[]> {
  const items = await readItems(db.client, db.table.campaign_recipients, keys);
  return items.map(item => StoredRecipient.parse(item)).sort((one, other) => one.position - other.position);
}
