import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { type Id, idOf } from "../id.ts";
import { Jid } from "../jid.ts";

/** A campaign message that was accepted, and not known to have been sent when it was last looked at. */
export const UnsentMessage = z.object({
  campaignId: idOf("cmp"),
  position: z.int().min(0),
  messageId: idOf("msg"),
  chatKey: Jid,
});
export type UnsentMessage = z.infer<typeof UnsentMessage>;

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
  })
  .transform(({ pk: tenantId, sk: sessionId, ...row }) => ({ tenantId, sessionId, ...row }));
export type PaceRow = z.output<typeof PaceRow>;

export interface PacedSession {
  readonly tenantId: Id<"ten">;
  readonly sessionId: Id<"ses">;
}

export const paceKey = ({ tenantId, sessionId }: PacedSession) => ({ pk: tenantId, sk: sessionId });

/** Partitions of the index of what is due, so that no single one takes all the writes. */
export const dueShards = 4;

/** Where a session that must be looked at stands in the index. */
export function duePlace({ sessionId }: Pick<PacedSession, "sessionId">, atMs: number) {
  const shard = sessionId.charCodeAt(sessionId.length - 1) % dueShards;
  return { duePk: `due#${shard}`, dueSk: String(Math.max(0, Math.round(atMs))).padStart(14, "0") };
}

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
  const { duePk, dueSk } = duePlace(campaign, nowMs);
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
