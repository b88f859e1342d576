import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { shardName } from "../command/shard.ts";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { idOf } from "../id.ts";
import type { SessionRef } from "../session/session.ts";
import { HostRow, Lease, type Take } from "./lease.ts";

type LeaseDb = Db<"leases">;
const hostRowTtlSeconds = 3_600;
const markTtlSeconds = 3_600;

const leaseKey = (shard: number) => ({ pk: "lease", sk: shardName(shard) });
const hostKey = (id: string) => ({ pk: "host", sk: id });

/**
 * Renews everything a host holds with one write: its own counter, not one row per shard. At 64 shards and one renewal
 * every two seconds that is 1.3 million writes a month instead of 83 million (about 1 USD a month instead of 52 at
 * 0.625 USD per million). Sends once, with no retry of its own: the caller knows when it is too late.
 */
export async function renewHost(
  db: LeaseDb,
  host: Omit<HostRow, "counter">,
  options: { nowMs: number; signal: AbortSignal },
): Promise<void> {
  await db.client.send(
    new UpdateCommand({
      TableName: db.table.leases,
      Key: hostKey(host.id),
      UpdateExpression:
        "SET #id = :id, sessions = :sessions, waiting = :waiting, #load = :load, draining = :draining, #ttl = :ttl ADD #counter :one",
      ExpressionAttributeNames: { "#id": "id", "#load": "load", "#ttl": "ttl", "#counter": "counter" },
      ExpressionAttributeValues: {
        ":id": host.id,
        ":sessions": host.sessions,
        ":waiting": host.waiting,
        ":load": host.load,
        ":draining": host.draining,
        ":ttl": Math.floor(options.nowMs / 1000) + hostRowTtlSeconds,
        ":one": 1,
      },
    }),
    { abortSignal: options.signal },
  );
}

/** Takes a host's row away: its own when it has left, or one long dead where `counter` is still the one seen. */
export async function removeHost(db: LeaseDb, host: Pick<HostRow, "id"> & { counter?: number }): Promise<void> {
  const seen =
    host.counter === undefined
      ? {}
      : {
          ConditionExpression: "#counter = :counter",
          ExpressionAttributeNames: { "#counter": "counter" },
          ExpressionAttributeValues: { ":counter": host.counter },
        };
  try {
    await db.client.send(new DeleteCommand({ TableName: db.table.leases, Key: hostKey(host.id), ...seen }));
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}

/**
 * All leases and hosts, one consistent read each. Shards up to `shardCount` that have no row come with epoch 0; rows
 * beyond it (the count was lowered) are kept, since their sessions still need an owner.
 */
export async function readLeases(
  db: LeaseDb,
  shardCount: number,
  signal?: AbortSignal,
): Promise<{ leases: Lease[]; hosts: HostRow[] }> {
  const [leaseItems, hostItems] = await Promise.all([rowsOf(db, "lease", signal), rowsOf(db, "host", signal)]);
  const rows = new Map(leaseItems.map(item => leaseOf(item)).map(lease => [lease.shard, lease]));
  for (let shard = 0; shard < shardCount; shard++) {
    if (!rows.has(shard)) rows.set(shard, { shard, owner: null, epoch: 0, from: null });
  }
  const leases = [...rows.values()].sort((a, b) => a.shard - b.shard);
  return { leases, hosts: hostItems.map(item => HostRow.parse(item)) };
}

function leaseOf(item: Record<string, unknown>): Lease {
  return Lease.parse({ ...item, shard: Number(item.sk), owner: item.owner ?? null, from: item.from ?? null });
}

async function rowsOf(db: LeaseDb, pk: string, signal: AbortSignal | undefined): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.leases,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": pk },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    rows.push(...(answer.Items ?? []));
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return rows;
}

/** One lease as it is now, read consistently. */
export async function findLease(db: LeaseDb, shard: number): Promise<Lease> {
  const answer = await db.client.send(
    new GetCommand({ TableName: db.table.leases, Key: leaseKey(shard), ConsistentRead: true }),
  );
  return answer.Item === undefined ? { shard, owner: null, epoch: 0, from: null } : leaseOf(answer.Item);
}

/** Takes a lease if its row is still the one that was read. Answers the lease as it is then, or undefined. */
export async function takeLease(db: LeaseDb, me: string, take: Take): Promise<Lease | undefined> {
  const { lease, from } = take;
  const taken: Lease = { shard: lease.shard, owner: me, epoch: lease.epoch + 1, from };
  const unchanged = unchangedSince(lease);
  return changeLease(db, lease.shard, {
    UpdateExpression: `SET #owner = :me, epoch = :next${from === null ? " REMOVE #from" : ", #from = :from"}`,
    ConditionExpression: unchanged.expression,
    ExpressionAttributeNames: { "#owner": "owner", "#from": "from" },
    ExpressionAttributeValues: {
      ":me": me,
      ":next": taken.epoch,
      ...(from === null ? {} : { ":from": from }),
      ...unchanged.values,
    },
  }).then(changed => (changed ? taken : undefined));
}

function unchangedSince(lease: Lease): { expression: string; values: Record<string, unknown> } {
  if (lease.epoch === 0) return { expression: "attribute_not_exists(pk)", values: {} };
  if (lease.owner === null) {
    return { expression: "attribute_not_exists(#owner) AND epoch = :epoch", values: { ":epoch": lease.epoch } };
  }
  return {
    expression: "#owner = :owner AND epoch = :epoch",
    values: { ":owner": lease.owner, ":epoch": lease.epoch },
  };
}

/** Gives up a lease that is still this host's under this epoch; what another host is releasing to it stays noted. */
export function dropLease(db: LeaseDb, me: string, lease: Pick<Lease, "shard" | "epoch">): Promise<boolean> {
  return changeLease(db, lease.shard, {
    UpdateExpression: "REMOVE #owner",
    ConditionExpression: "#owner = :me AND epoch = :epoch",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":me": me, ":epoch": lease.epoch },
  });
}

/** Ends a hand-over: `source` has released every session it held of the shard, or is known to be dead. */
export function endHandover(db: LeaseDb, shard: number, source: NonNullable<Lease["from"]>): Promise<boolean> {
  return changeLease(db, shard, {
    UpdateExpression: "REMOVE #from",
    ConditionExpression: "#from.#host = :host AND #from.#epoch = :epoch",
    ExpressionAttributeNames: { "#from": "from", "#host": "host", "#epoch": "epoch" },
    ExpressionAttributeValues: { ":host": source.host, ":epoch": source.epoch },
  });
}

type Change = Omit<ConstructorParameters<typeof UpdateCommand>[0], "TableName" | "Key">;

async function changeLease(db: LeaseDb, shard: number, change: Change): Promise<boolean> {
  const names = Object.entries(change.ExpressionAttributeNames ?? {}).filter(([name]) =>
    `${change.UpdateExpression} ${change.ConditionExpression}`.includes(name),
  );
  const ExpressionAttributeNames = Object.fromEntries(names);
  try {
    await db.client.send(
      new UpdateCommand({ TableName: db.table.leases, Key: leaseKey(shard), ...change, ExpressionAttributeNames }),
    );
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

/** Marks are kept by the epoch the old owner held the shard under, so that those of an earlier hand-over say nothing. */
const marksOf = (shard: number, epoch: number) => `handover#${shardName(shard)}#${epoch}`;

/** Says that the old owner has closed this session's socket and will never open it again under its epoch. */
export async function markReleased(db: LeaseDb, session: SessionRef, heldEpoch: number, nowMs: number): Promise<void> {
  await db.client.send(
    new PutCommand({
      TableName: db.table.leases,
      Item: {
        pk: marksOf(session.shard, heldEpoch),
        sk: `${session.tenantId}#${session.id}`,
        tenantId: session.tenantId,
        sessionId: session.id,
        ttl: Math.floor(nowMs / 1000) + markTtlSeconds,
      },
    }),
  );
}

const Mark = z.object({ tenantId: idOf("ten"), sessionId: idOf("ses") });
export type ReleasedSession = z.infer<typeof Mark>;

/** The sessions of a shard that its old owner has released so far. */
export async function releasedSessions(db: LeaseDb, shard: number, heldEpoch: number): Promise<ReleasedSession[]> {
  return (await rowsOf(db, marksOf(shard, heldEpoch), undefined)).map(row => Mark.parse(row));
}
