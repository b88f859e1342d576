import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { type TransactItem, transactIf } from "../dynamodb/transaction.ts";
import { type Id, idOf } from "../id.ts";
import { Jid } from "../jid.ts";
import { WaitReason } from "./campaign.ts";

/** A campaign message that was accepted, and not known to have been sent when it was last looked at. */
const UnsentMessage = z.object({
  campaignId: idOf("cmp"),
  id: idOf("msg"),
  chatKey: Jid,
});

/** What a campaign that has recipients left waits for, and until when at most. */
const Wait = z.object({ reason: WaitReason, untilMs: z.number() });
export type Wait = z.infer<typeof Wait>;

/**
 * How far a session's campaigns have come. Every step of the pacer is conditional on the version it has read, so that of
 * any number of pacers at once one takes the step.
 */
export const PaceRow = z
  .object({
    pk: idOf("ten"),
    sk: idOf("ses"),
    version: z.int().min(0),
    /** The campaigns that may have something to send. */
    campaigns: z.set(idOf("cmp")).default(new Set()),
    /** When the session's next campaign message may be accepted, whichever campaign it is of. */
    nextAtMs: z.number().default(0),
    /** When to look again. */
    wakeAtMs: z.number(),
    /** Whose turn it was last. */
    lastCampaignId: idOf("cmp").nullable().default(null),
    /** When the next message of each may be accepted, by its own pace. */
    nextOfMs: z.record(z.string(), z.number()).default({}),
    unsent: z.array(UnsentMessage).default([]),
    /** Why some of the campaigns send nobody anything for now. */
    waits: z.record(z.string(), Wait).default({}),
  })
  .transform(({ pk: tenantId, sk: sessionId, ...row }) => ({ tenantId, sessionId, ...row }));
export type PaceRow = z.output<typeof PaceRow>;

export interface PacedSession {
  readonly tenantId: Id<"ten">;
  readonly sessionId: Id<"ses">;
}

const paceKey = ({ tenantId, sessionId }: PacedSession) => ({ pk: tenantId, sk: sessionId });

/** Partitions of the index of what is due, so that no single one takes all the writes. */
const dueShards = 4;

/** How long after a session was to be looked at the tick for it is taken for lost. */
const lostTickMs = 30_000;

/** Where a session that must be looked at stands in the index. */
function duePlace(sessionId: Id<"ses">, atMs: number) {
  const shard = sessionId.charCodeAt(sessionId.length - 1) % dueShards;
  return { duePk: `due#${shard}`, dueSk: placeAt(atMs) };
}

const placeAt = (atMs: number) => String(Math.max(0, Math.round(atMs))).padStart(14, "0");

/** Reads consistently how far a session's campaigns have come; undefined where it never had one. */
export async function findPace(db: Db<"paces">, session: PacedSession): Promise<PaceRow | undefined> {
  const get = new GetCommand({ TableName: db.table.paces, Key: paceKey(session), ConsistentRead: true });
  const { Item } = await db.client.send(get);
  return Item === undefined ? undefined : PaceRow.parse(Item);
}

/**
 * The transaction item that has the pacer look at a campaign: put it beside the change that makes it running with its
 * recipients in place, so that no crash in between leaves it standing. Then ring for the session.
 */
export function paceCampaign(
  db: Db<"paces">,
  campaign: PacedSession & { readonly id: Id<"cmp"> },
  nowMs: number,
): TransactItem {
  const { duePk, dueSk } = duePlace(campaign.sessionId, nowMs);
  return {
    Update: {
      TableName: db.table.paces,
      Key: paceKey(campaign),
      UpdateExpression: "SET wakeAtMs = :now, duePk = :duePk, dueSk = :dueSk ADD campaigns :campaign, version :one",
      ExpressionAttributeValues: {
        ":now": nowMs,
        ":duePk": duePk,
        ":dueSk": dueSk,
        ":campaign": new Set([campaign.id]),
        ":one": 1,
      },
    },
  };
}

/**
 * The transaction item that takes a row from the version it was read with to the next: it fails its condition where
 * somebody else was first. `hasTick` says that a tick is queued for when it wakes, which a sweep makes up for if it is lost.
 */
export function paceStep(db: Db<"paces">, after: PaceRow, hasTick: boolean): TransactItem {
  const { tenantId, sessionId, campaigns, ...fields } = after;
  const idle = campaigns.size === 0;
  const place = idle ? {} : duePlace(sessionId, after.wakeAtMs + (hasTick ? lostTickMs : 0));
  return {
    Put: {
      TableName: db.table.paces,
      Item: {
        ...fields,
        ...paceKey(after),
        ...place,
        version: after.version + 1,
        // DynamoDB has no empty sets.
        campaigns: idle ? undefined : campaigns,
      },
      ConditionExpression: "version = :before",
      ExpressionAttributeValues: { ":before": after.version },
    },
  };
}

/** Writes a row alone. Answers it as it is then; undefined where somebody else was first. */
export async function savePace(db: Db<"paces">, after: PaceRow, hasTick: boolean): Promise<PaceRow | undefined> {
  return (await transactIf(db, [paceStep(db, after, hasTick)])) ? { ...after, version: after.version + 1 } : undefined;
}

const Due = z.object({ pk: idOf("ten"), sk: idOf("ses") });

/** Sessions that were to be looked at by now, the longest due first: their tick was lost, or none could be queued. */
export async function dueSessions(db: Db<"paces">, nowMs: number, limit: number): Promise<PacedSession[]> {
  const shards = Array.from({ length: dueShards }, (_, shard) => dueIn(db, shard, nowMs, limit));
  return (await Promise.all(shards)).flat();
}

async function dueIn(db: Db<"paces">, shard: number, nowMs: number, Limit: number): Promise<PacedSession[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.paces,
      IndexName: "due",
      KeyConditionExpression: "duePk = :shard AND dueSk <= :now",
      ExpressionAttributeValues: { ":shard": `due#${shard}`, ":now": placeAt(nowMs) },
      Limit,
    }),
  );
  return (answer.Items ?? []).map(item => {
    const { pk: tenantId, sk: sessionId } = Due.parse(item);
    return { tenantId, sessionId };
  });
}
