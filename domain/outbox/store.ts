import { DeleteCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { shardName } from "../command/shard.ts";
import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { idOf } from "../id.ts";
import type { SessionRef } from "../session/session.ts";
import { type Lane, lanePrefix, type MediaFetch, OutboxRow, outboxKey } from "./outbox.ts";

type OutboxDb = Db<"outbox">;
type Owner = Pick<SessionRef, "id" | "tenantId">;

export const outboxPartition = (session: Owner) => `${session.tenantId}#${session.id}`;

/** The transaction item that puts a row into the outbox; `byShard` sees it for as long as it stands. */
export function putOutboxRow(db: OutboxDb, row: OutboxRow): TransactItem {
  const pk = outboxPartition({ id: row.sessionId, tenantId: row.tenantId });
  const keys = { pk, sk: row.key, shardPk: shardName(row.shard), shardSk: pk };
  return {
    Put: { TableName: db.table.outbox, Item: { ...row, ...keys }, ConditionExpression: "attribute_not_exists(pk)" },
  };
}

/** The transaction item that takes a row out: put it beside the status it led to, so neither happens alone. */
export function deleteOutboxRow(db: OutboxDb, row: Pick<OutboxRow, "tenantId" | "sessionId" | "key">): TransactItem {
  const pk = outboxPartition({ id: row.sessionId, tenantId: row.tenantId });
  return { Delete: { TableName: db.table.outbox, Key: { pk, sk: row.key } } };
}

const laneEnd = (lane: Lane) => lanePrefix(lane).replace("#", "$");

export async function removeOutboxRow(db: OutboxDb, row: Pick<OutboxRow, "tenantId" | "sessionId" | "key">) {
  const pk = outboxPartition({ id: row.sessionId, tenantId: row.tenantId });
  await db.client.send(new DeleteCommand({ TableName: db.table.outbox, Key: { pk, sk: row.key } }));
}

/** Where a look into an outbox begins and ends; behind the row with key `after`, if given. */
export interface OutboxRange {
  readonly from: Lane;
  /** The same lane unless told. */
  readonly to?: Lane;
  readonly after?: string | undefined;
}

/** The oldest rows of one lane, in the order of acceptance, read consistently. */
export function outboxHead(db: OutboxDb, session: Owner, lane: Lane, limit: number): Promise<OutboxRow[]> {
  return outboxRows(db, session, { from: lane }, limit);
}

/** The first rows of a lane, or of several in their order: the order of acceptance within each. Read consistently. */
export async function outboxRows(
  db: OutboxDb,
  session: Owner,
  { from, to = from, after = lanePrefix(from) }: OutboxRange,
  limit: number,
): Promise<OutboxRow[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.outbox,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :after AND :end",
      // BETWEEN includes its ends: a space behind `after` sorts just behind it, and `$` just behind the lane's `#`.
      ExpressionAttributeValues: { ":pk": outboxPartition(session), ":after": `${after} `, ":end": laneEnd(to) },
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  return (answer.Items ?? []).map(item => OutboxRow.parse(item));
}

const fetchesPerPage = 25;

/** The files that a session has still to fetch, in the order their messages came; rows may go on the way. */
export async function* mediaToFetch(db: OutboxDb, session: Owner): AsyncGenerator<MediaFetch> {
  for (let after: string | undefined, full = true; full; ) {
    const rows = await outboxRows(db, session, { from: "media", after }, fetchesPerPage);
    for (const row of rows) if (row.type === "media.fetch") yield row;
    after = rows.at(-1)?.key;
    full = rows.length === fetchesPerPage;
  }
}

type RowName = Pick<OutboxRow, "tenantId" | "sessionId" | "key">;

/** Counts an attempt that did not go through and says when the next may start. Fails as a condition where it is gone. */
export function postponeOutboxRow(db: OutboxDb, row: RowName, notBefore: string): Promise<void> {
  return setNotBefore(db, row, notBefore, 1);
}

/** Says when the next attempt may start, and counts none. Fails as a condition where it is gone. */
export function delayOutboxRow(db: OutboxDb, row: RowName, notBefore: string): Promise<void> {
  return setNotBefore(db, row, notBefore, 0);
}

async function setNotBefore(db: OutboxDb, row: RowName, notBefore: string, attempts: 0 | 1): Promise<void> {
  const pk = outboxPartition({ id: row.sessionId, tenantId: row.tenantId });
  await db.client.send(
    new UpdateCommand({
      TableName: db.table.outbox,
      Key: { pk, sk: row.key },
      UpdateExpression: "SET notBefore = :at ADD attempts :made",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":at": notBefore, ":made": attempts },
    }),
  );
}

export function newOutboxRow(
  session: SessionRef,
  lane: Lane,
  sequence: number,
  acceptedAt: string,
): Pick<OutboxRow, "tenantId" | "sessionId" | "shard" | "key" | "acceptedAt" | "attempts" | "notBefore"> {
  const owner = { tenantId: session.tenantId, sessionId: session.id, shard: session.shard };
  return { ...owner, key: outboxKey(lane, sequence), acceptedAt, attempts: 0, notBefore: null };
}

const Waiting = z.object({ shardSk: z.string().transform(text => text.split("#")) });
const WaitingSession = z.object({ tenantId: idOf("ten"), sessionId: idOf("ses") });

/**
 * The sessions of a shard that have anything in their outbox. Skips from session to session over the sparse index,
 * one read each, so that an offline session with thousands of rows costs what one with a single row costs.
 */
export async function* sessionsWithWork(db: OutboxDb, shard: number): AsyncGenerator<z.infer<typeof WaitingSession>> {
  for (let after = " "; ; ) {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.outbox,
        IndexName: "byShard",
        KeyConditionExpression: "shardPk = :shard AND shardSk > :after",
        ExpressionAttributeValues: { ":shard": shardName(shard), ":after": after },
        Limit: 1,
      }),
    );
    const found = answer.Items?.[0];
    if (found === undefined) return;
    const [tenantId, sessionId] = Waiting.parse(found).shardSk;
    yield WaitingSession.parse({ tenantId, sessionId });
    after = `${tenantId}#${sessionId}`;
  }
}
