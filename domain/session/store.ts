import { GetCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isoTime } from "../clock.ts";
import { shardName } from "../command/shard.ts";
import { failedConditions, isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { type TransactItem, transact, transactIf } from "../dynamodb/transaction.ts";
import { DomainError } from "../error.ts";
import { type EventRow, putEventRow } from "../event/log.ts";
import { idOf } from "../id.ts";
import type { OutboxRow } from "../outbox/outbox.ts";
import { putOutboxRow } from "../outbox/store.ts";
import type { Cursors, Page } from "../page.ts";
import { changedRetention } from "./retention.ts";
import { Session, type SessionRef, type SessionStatus, statusesKept, wantsConnection } from "./session.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
const keyOf = (session: Owner) => ({ pk: session.tenantId, sk: session.id });
const countKey = (tenantId: string) => ({ pk: tenantId, sk: "count" });

/** The tenant's plan allows no further session. */
export class SessionQuotaExceeded extends DomainError {
  override readonly name = "SessionQuotaExceeded";
  constructor(sessionsMax: number, options: { cause?: unknown } = {}) {
    super("quota_exceeded", `The plan allows ${sessionsMax} sessions, and all of them are in use.`, options);
  }
}

/** While a session wants a connection it is in `byShard`, where its shard's owner finds it. */
function indexKeys(session: SessionRef & Pick<Session, "status">) {
  if (!wantsConnection(session)) return {};
  return { shardPk: shardName(session.shard), shardSk: `${session.tenantId}#${session.id}` };
}

/**
 * Stores a new session with its first event; `sessionsMax` (null: any number) is exact under concurrency. How long it
 * keeps messages is what the tenant has by then, whatever the session says.
 */
export async function createSession(
  db: Db<"sessions" | "events">,
  session: Session,
  event: EventRow,
  sessionsMax: number | null,
): Promise<void> {
  if (sessionsMax !== null && sessionsMax <= 0) throw new SessionQuotaExceeded(sessionsMax);
  const changed = await changedRetention(db, session.tenantId);
  const count: TransactItem = {
    Update: {
      TableName: db.table.sessions,
      Key: countKey(session.tenantId),
      UpdateExpression: "ADD #count :one",
      ConditionExpression: [
        changed === undefined ? "attribute_not_exists(retentionDays)" : "retentionDays = :days",
        ...(sessionsMax === null ? [] : ["(attribute_not_exists(#count) OR #count < :max)"]),
      ].join(" AND "),
      ExpressionAttributeNames: { "#count": "count" },
      ExpressionAttributeValues: {
        ":one": 1,
        ...(changed === undefined ? {} : { ":days": changed }),
        ...(sessionsMax === null ? {} : { ":max": sessionsMax }),
      },
    },
  };
  const kept = changed === undefined ? session : { ...session, retentionDays: changed };
  const Item = { ...kept, ...keyOf(session), ...indexKeys(session) };
  const put = { Put: { TableName: db.table.sessions, Item, ConditionExpression: "attribute_not_exists(pk)" } };
  try {
    await transact(db, [count, put, putEventRow(db, event)]);
  } catch (error) {
    if (!failedConditions(error)?.includes(0)) throw error;
    // It was changed in this very moment.
    const isAnother = (await changedRetention(db, session.tenantId)) !== changed;
    if (isAnother) return createSession(db, session, event, sessionsMax);
    throw new SessionQuotaExceeded(sessionsMax ?? 0, { cause: error });
  }
}

/** Reads a session consistently, or undefined: an unknown one and another tenant's look the same. */
export async function findSession(
  db: Db<"sessions">,
  tenantId: string,
  sessionId: string,
): Promise<Session | undefined> {
  const Key = { pk: tenantId, sk: sessionId };
  const found = await db.client.send(new GetCommand({ TableName: db.table.sessions, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : Session.parse(found.Item);
}

const Count = z.object({ count: z.int() });

/** How many sessions a tenant has, as its plan counts them. */
export async function countSessions(db: Db<"sessions">, tenantId: string): Promise<number> {
  const Key = countKey(tenantId);
  const found = await db.client.send(new GetCommand({ TableName: db.table.sessions, Key, ConsistentRead: true }));
  return found.Item === undefined ? 0 : Count.parse(found.Item).count;
}

/** A tenant's sessions, newest first. A filter by status may leave a page shorter than its limit. */
export async function listSessions(
  db: Db<"sessions">,
  tenantId: string,
  page: { limit: number; cursor?: string | undefined; status?: SessionStatus | undefined; cursors: Cursors },
): Promise<Page<Session>> {
  const before = page.cursor === undefined ? "ses_~" : page.cursors.open(page.cursor).before;
  const filter = page.status === undefined ? {} : { FilterExpression: "#status = :status" };
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.sessions,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :before",
      ...filter,
      ...(page.status === undefined ? {} : { ExpressionAttributeNames: { "#status": "status" } }),
      ExpressionAttributeValues: {
        ":pk": tenantId,
        ":from": "ses_",
        ":before": before,
        ...(page.status === undefined ? {} : { ":status": page.status }),
      },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: page.limit,
    }),
  );
  const next = LastKey.optional().parse(answer.LastEvaluatedKey);
  return {
    data: (answer.Items ?? []).map(item => Session.parse(item)),
    // BETWEEN includes its ends, so the next page ends just before the last id read.
    nextCursor: next === undefined ? null : page.cursors.seal({ before: justBefore(next.sk) }),
  };
}

const LastKey = z.object({ sk: z.string() });

/** The greatest key of this alphabet that sorts before `key`: its last character lowered, then padded high. */
function justBefore(key: string): string {
  return `${key.slice(0, -1)}${String.fromCharCode(key.charCodeAt(key.length - 1) - 1)}~`;
}

/** What a change of status changes besides. */
export type StatusFields = Partial<
  Pick<
    Session,
    | "linked"
    | "qr"
    | "pairingCode"
    | "pairingCodeError"
    | "passkey"
    | "phone"
    | "lastDisconnect"
    | "restricted"
    | "connectedAt"
    | "firstConnectedAt"
  >
>;

export interface StatusChange {
  /** The session as last read: its ref, and the statuses it had. */
  readonly session: Session;
  readonly status: SessionStatus;
  readonly fields: StatusFields;
  /** The epoch of the lease it is written under; an older epoch never overwrites a newer one's word. */
  readonly epoch: number;
  readonly nowMs: number;
  readonly events: readonly EventRow[];
  /** A control row this change ends or begins, in the same transaction. */
  readonly rows?: readonly TransactItem[];
}

/**
 * Writes a status with its events in one transaction. Answers the session as it is then, or undefined, having written
 * nothing, where a newer epoch owns it, it is being deleted, or it is gone.
 */
export async function changeSessionStatus(
  db: Db<"sessions" | "events">,
  change: StatusChange,
): Promise<Session | undefined> {
  const { session, status, nowMs } = change;
  const repeated = session.statuses.at(-1)?.status === status;
  const entry = { status, at: isoTime(nowMs) };
  const statuses = repeated ? session.statuses : [...session.statuses, entry].slice(-statusesKept);
  const next: Session = { ...session, ...change.fields, status, statuses, epoch: change.epoch };
  const { shardPk, shardSk } = { shardPk: undefined, shardSk: undefined, ...indexKeys(next) };
  const set = { ...change.fields, status, statuses, epoch: change.epoch, ...(shardPk ? { shardPk, shardSk } : {}) };
  const update: TransactItem = {
    Update: {
      TableName: db.table.sessions,
      Key: keyOf(session),
      UpdateExpression: `SET ${Object.keys(set)
        .map(name => `#${name} = :${name}`)
        .join(", ")}${shardPk ? "" : " REMOVE shardPk, shardSk"}`,
      ConditionExpression: "attribute_exists(pk) AND epoch <= :epoch AND #status <> :stopped",
      ExpressionAttributeNames: Object.fromEntries(Object.keys(set).map(name => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
        ":stopped": "stopped",
      },
    },
  };
  const items = [update, ...change.events.map(event => putEventRow(db, event)), ...(change.rows ?? [])];
  return (await transactIf(db, items)) ? next : undefined;
}

/** Notes that bytes arrived for a session. Its owner calls it at most once a minute, not at every frame. */
export async function noteInbound(db: Db<"sessions">, session: Owner, at: string): Promise<void> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.sessions,
        Key: keyOf(session),
        UpdateExpression: "SET lastInboundAt = :at",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":at": at },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}

/**
 * Begins the end of a session: its status becomes `stopped`, and the control row tells its owner to unlink it. Answers
 * false where it is stopped already.
 */
export async function stopSession(
  db: Db<"sessions" | "outbox" | "events">,
  session: Session,
  row: OutboxRow,
  event: EventRow,
  nowMs: number,
): Promise<boolean> {
  const entry = { status: "stopped", at: isoTime(nowMs) };
  const update: TransactItem = {
    Update: {
      TableName: db.table.sessions,
      Key: keyOf(session),
      UpdateExpression: "SET #status = :stopped, statuses = :statuses, qr = :none REMOVE shardPk, shardSk",
      ConditionExpression: "attribute_exists(pk) AND #status <> :stopped",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: {
        ":stopped": "stopped",
        ":statuses": [...session.statuses, entry].slice(-statusesKept),
        ":none": null,
      },
    },
  };
  return transactIf(db, [update, putOutboxRow(db, row), putEventRow(db, event)]);
}

/** Ends a session: its row goes, the tenant's count falls and the event is written, together. False where it is gone. */
export async function deleteSession(
  db: Db<"sessions" | "events">,
  session: Owner,
  event: EventRow,
  rows: readonly TransactItem[],
): Promise<boolean> {
  const gone = {
    Delete: { TableName: db.table.sessions, Key: keyOf(session), ConditionExpression: "attribute_exists(pk)" },
  };
  const count: TransactItem = {
    Update: {
      TableName: db.table.sessions,
      Key: countKey(session.tenantId),
      UpdateExpression: "ADD #count :less",
      ExpressionAttributeNames: { "#count": "count" },
      ExpressionAttributeValues: { ":less": -1 },
    },
  };
  return transactIf(db, [gone, count, putEventRow(db, event), ...rows]);
}

const OfShard = z.object({ pk: idOf("ten"), sk: idOf("ses") });

/** The sessions of a shard that want a connection. Read from an index, so one just made may come a moment late. */
export async function* sessionsOfShard(
  db: Db<"sessions">,
  shard: number,
): AsyncGenerator<{ tenantId: Session["tenantId"]; sessionId: Session["id"] }> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.sessions,
        IndexName: "byShard",
        KeyConditionExpression: "shardPk = :shard",
        ExpressionAttributeValues: { ":shard": shardName(shard) },
        ExclusiveStartKey,
      }),
    );
    for (const item of answer.Items ?? []) {
      const { pk, sk } = OfShard.parse(item);
      yield { tenantId: pk, sessionId: sk };
    }
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
