import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { isoTime } from "../clock.ts";
import type { Db } from "../dynamodb/db.ts";
import type { Cursors, Page } from "../page.ts";
import type { EventType, WasaasEvent } from "./event.ts";
import { EventRow, eventRetentionDays, listingDelayMs } from "./log.ts";

const dayMs = 86_400_000;
/** Rows read for one page at most where a filter throws most of them away; the cursor then goes on from there. */
const readMax = 2_000;

export interface EventQuery {
  readonly type?: EventType | undefined;
  readonly sessionId?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly cursors: Cursors;
  readonly nowMs: number;
}

/**
 * The tenant's log in the order it was written, oldest first from the cursor. Events of the last five seconds are not
 * listed yet, so a reader never passes one that is still being written. `nextCursor` is null only on an empty page at
 * the end of the log; the last cursor a reader was given stays usable for what comes later.
 */
export async function listEvents(db: Db<"events">, tenantId: string, query: EventQuery): Promise<Page<WasaasEvent>> {
  const start = placeOf(query.nowMs - eventRetentionDays * dayMs);
  const end = placeOf(query.nowMs - listingDelayMs);
  const after = query.cursor === undefined ? start : (query.cursors.open(query.cursor).after ?? start);
  // A cursor may be older than the log: the days before it hold nothing, or what DynamoDB deletes late.
  let place = after < start ? start : after;
  const data: WasaasEvent[] = [];
  let read = 0;
  let day = dayOf(place);
  while (day <= dayOf(end) && data.length < query.limit && read < readMax) {
    const { rows, more } = await rowsAfter(db, `${tenantId}#${day}`, place, end);
    for (const row of rows) {
      if (data.length === query.limit) break;
      read++;
      place = row.sk;
      if (matches(row.event, query)) data.push(row.event);
    }
    if (!more && data.length < query.limit) day = nextDay(day);
  }
  const ended = data.length === 0 && read < readMax;
  return { data, nextCursor: ended ? null : query.cursors.seal({ after: place }) };
}

function matches(event: WasaasEvent, query: EventQuery): boolean {
  if (query.type !== undefined && event.type !== query.type) return false;
  return query.sessionId === undefined || event.sessionId === query.sessionId;
}

async function rowsAfter(db: Db<"events">, pk: string, after: string, end: string) {
  if (after >= end) return { rows: [], more: false };
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.events,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :after AND :end",
      // BETWEEN includes its ends: a space after the last place read sorts just behind it.
      ExpressionAttributeValues: { ":pk": pk, ":after": `${after} `, ":end": end },
      ConsistentRead: true,
      Limit: 200,
    }),
  );
  const rows = (answer.Items ?? []).map(item => EventRow.parse(item));
  return { rows, more: answer.LastEvaluatedKey !== undefined };
}

/** Reads one event of a tenant, or undefined. */
export async function findEvent(db: Db<"events">, tenantId: string, id: string): Promise<WasaasEvent | undefined> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.events,
      IndexName: "byId",
      KeyConditionExpression: "id = :id",
      ExpressionAttributeValues: { ":id": id },
      Limit: 1,
    }),
  );
  const found = answer.Items?.[0];
  const event = found === undefined ? undefined : EventRow.parse(found).event;
  return event?.tenantId === tenantId ? event : undefined;
}

const placeOf = (ms: number) => String(ms).padStart(14, "0");
const dayOf = (place: string) => isoTime(Number(place.slice(0, 14))).slice(0, 10);
const nextDay = (day: string) => isoTime(Date.parse(day) + dayMs).slice(0, 10);
