import { QueryCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Now } from "../clock.ts";
import { isoTime } from "../clock.ts";
import { failedConditions, isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { derivedId } from "../id.ts";
import type { Session } from "../session/session.ts";
import { type EventType, WasaasEvent } from "./event.ts";

export const eventRetentionDays = 30;
/** Readers are not shown events younger than this, so that writers in flight are never overtaken. */
export const listingDelayMs = 5_000;
/** A place in the log that was not confirmed within this time is given up for a new one: see `confirmPublished`. */
const placeValidMs = 4_000;
export const unpublishedShards = 8;

/** A row of the log: the event, and the place it has there. */
export const EventRow = z.object({ pk: z.string(), sk: z.string(), event: WasaasEvent });
export type EventRow = z.infer<typeof EventRow>;

/** What an event is about, before it has its place in the log. */
export interface NewEvent {
  readonly type: EventType;
  /** What made it: the same cause gives the same event id, whoever says it and however often. */
  readonly cause: readonly string[];
  readonly data: WasaasEvent["data"];
}

/** Builds a session's event; `sequence` comes from `nextSequence`. */
export function sessionEvent(
  session: Pick<Session, "id" | "tenantId" | "metadata">,
  sequence: number,
  fresh: NewEvent,
  nowMs: number,
): WasaasEvent {
  return {
    id: derivedId("evt", [session.tenantId, session.id, fresh.type, ...fresh.cause]),
    type: fresh.type,
    createdAt: isoTime(nowMs),
    tenantId: session.tenantId,
    sessionId: session.id,
    sequence,
    metadata: session.metadata,
    data: fresh.data,
  };
}

/**
 * The row an event gets when it is written now: its place is this moment, behind those of its session that are written
 * with it and have a lower sequence, and it is still to be published.
 */
export function eventRow(event: WasaasEvent, nowMs: number): EventRow {
  const day = isoTime(nowMs).slice(0, 10);
  const place = [String(nowMs).padStart(14, "0"), String(event.sequence).padStart(12, "0"), event.id];
  return { pk: `${event.tenantId}#${day}`, sk: place.join("#"), event };
}

/** The transaction item that writes it: put it beside the change it tells of, so that neither happens alone. */
export function putEventRow(db: Db<"events">, row: EventRow): TransactItem {
  const writtenMs = placedAtMs(row.sk);
  return {
    Put: {
      TableName: db.table.events,
      Item: {
        ...row,
        id: row.event.id,
        unpublishedPk: unpublishedPartition(row.event.id),
        ttl: Math.floor(writtenMs / 1000) + eventRetentionDays * 86_400,
      },
      ConditionExpression: "attribute_not_exists(pk)",
    },
  };
}

function unpublishedPartition(eventId: string): string {
  return `unpublished#${(eventId.charCodeAt(eventId.length - 1) + eventId.charCodeAt(eventId.length - 2)) % unpublishedShards}`;
}

/**
 * Marks an event published, which also confirms its place: a row that took its place more than four seconds ago may
 * have become visible behind a reader who is already past it (its writer was stopped in between), so it moves to a
 * new place at the end, again until that is confirmed in time. A reader may then see it twice under one id, but never
 * not at all. Answers false where somebody else confirmed it first.
 */
export async function confirmPublished(db: Db<"events">, row: EventRow, now: Now): Promise<boolean> {
  const stillOpen = { ConditionExpression: "attribute_exists(unpublishedPk)" };
  try {
    let { pk, sk } = row;
    while (now() - placedAtMs(sk) > placeValidMs) {
      const moved = eventRow(row.event, now());
      const gone = { Delete: { TableName: db.table.events, Key: { pk, sk }, ...stillOpen } };
      await db.client.send(new TransactWriteCommand({ TransactItems: [gone, putEventRow(db, moved)] }));
      ({ pk, sk } = moved);
    }
    const UpdateExpression = "REMOVE unpublishedPk";
    const Key = { pk, sk };
    await db.client.send(new UpdateCommand({ TableName: db.table.events, Key, UpdateExpression, ...stillOpen }));
    return true;
  } catch (error) {
    if (isConditionFailed(error) || failedConditions(error) !== undefined) return false;
    throw error;
  }
}

const placedAtMs = (sk: string) => Number(sk.slice(0, 14));

const Unpublished = z.object({ pk: z.string(), sk: z.string() });

/** Places of events that were written before `beforeMs` and are not known to be published, oldest first. */
export async function unpublishedPlaces(db: Db<"events">, mark: number, beforeMs: number, limit: number) {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.events,
      IndexName: "unpublished",
      KeyConditionExpression: "unpublishedPk = :mark AND sk < :before",
      ExpressionAttributeValues: { ":mark": `unpublished#${mark}`, ":before": String(beforeMs).padStart(14, "0") },
      Limit: limit,
    }),
  );
  return (answer.Items ?? []).map(item => Unpublished.parse(item));
}
