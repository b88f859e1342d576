import type { Db } from "../../domain/dynamodb/db.ts";
import type { TransactItem } from "../../domain/dynamodb/transaction.ts";
import { type Held, nothingHeld } from "./key-cache.ts";
import { dataKeyKey, type ItemSealer, type KeyItem, keyPartition, partKey, type SessionName } from "./key-item.ts";

export interface Change {
  readonly sk: string;
  /** What it shall hold; null takes it out. */
  readonly plain: Uint8Array | null;
  /** The version the change was worked out from; undefined where it does not depend on what was there. */
  readonly expected?: number | undefined;
  /** Whether it will be read again soon; what is only replayed after a crash is not worth the memory. */
  readonly cached: boolean;
}

/** One item of a transaction, and what it counts against DynamoDB's limit on them. */
interface Write {
  readonly item: TransactItem;
  readonly bytes: number;
}

/** What one change comes to: the items to put and to delete, and what is held afterwards. */
interface Writes {
  readonly change: Change;
  readonly after: Held;
  readonly puts: readonly Write[];
  readonly deletes: readonly Write[];
}

interface Owner {
  readonly db: Db<"keys">;
  readonly session: SessionName;
  readonly epoch: number;
  readonly sealer: ItemSealer;
}

/** DynamoDB's limits on one transaction are 100 items, the claim's check among them, and 4 MB with names and attributes. */
const transactionItemsMax = 99;
const transactionBytesMax = 3_000_000;
/** DynamoDB's limit on an item is 400 kB; what Baileys keeps of a phone's contacts can be many times that. */
const partBytesMax = 300_000;

/**
 * The writes of one change to what was held before. A value too large for one item goes into several: the further
 * parts of a version stand under keys of their own, and mean nothing until the first item names that version.
 */
export function writesOf(owner: Owner, change: Change, before: Held): Writes {
  const { sk, plain } = change;
  const oldParts = Array.from({ length: (before.parts ?? 1) - 1 }, (_, part) =>
    deletion(owner, partKey(sk, before.version, part + 1), undefined),
  );
  if (plain === null) {
    const deletes = before.version === 0 ? [] : [deletion(owner, sk, before.version, before.plain?.byteLength)];
    return { change, after: nothingHeld, puts: [], deletes: [...deletes, ...oldParts] };
  }
  const version = before.version + 1;
  const [first = plain, ...rest] = partsOf(plain);
  const parts = rest.length === 0 ? undefined : rest.length + 1;
  const further = rest.map((part, n) => put(owner, partKey(sk, version, n + 1), part, { version: 1 }, undefined));
  const puts = [...further, put(owner, sk, first, { version, parts }, before.version)];
  return { change, after: { version, plain, parts }, puts, deletes: oldParts };
}

function put(
  { db, session, epoch, sealer }: Owner,
  sk: string,
  plain: Uint8Array,
  fields: Pick<KeyItem, "version" | "parts">,
  expected: number | undefined,
): Write {
  const Item = { pk: keyPartition(session), sk, ...fields, epoch, sealed: sealer.seal(sk, plain) };
  const Put = { TableName: db.table.keys, Item, ...conditionOf(expected, epoch) };
  return { item: { Put }, bytes: plain.byteLength };
}

/** A deletion counts with the size of what it deletes, which is at most that of a part. */
function deletion(
  { db, session, epoch }: Owner,
  sk: string,
  expected: number | undefined,
  bytes = partBytesMax,
): Write {
  const Key = { pk: keyPartition(session), sk };
  const Delete = { TableName: db.table.keys, Key, ...conditionOf(expected, epoch) };
  return { item: { Delete }, bytes };
}

/**
 * Goes with every transaction: that no newer owner has opened the session's keys, and that they were not erased. Without
 * it an owner that was stopped for a while could still move a record that the next owner has not touched yet.
 */
export function claimCheck({ db, session, epoch }: Owner): TransactItem {
  // An update that changes nothing: it costs what a condition check does, and the host may update this item anyway.
  return {
    Update: {
      TableName: db.table.keys,
      Key: { pk: keyPartition(session), sk: dataKeyKey },
      UpdateExpression: "SET epoch = :epoch",
      ConditionExpression: "epoch = :epoch",
      ExpressionAttributeValues: { ":epoch": epoch },
    },
  };
}

/** Compare-and-set on a version (0: absent); without one, only that no newer owner has written it. */
function conditionOf(expected: number | undefined, epoch: number) {
  if (expected === 0) return { ConditionExpression: "attribute_not_exists(pk)" };
  if (expected === undefined) {
    return {
      ConditionExpression: "attribute_not_exists(pk) OR epoch <= :epoch",
      ExpressionAttributeValues: { ":epoch": epoch },
    };
  }
  return {
    ConditionExpression: "#version = :version AND epoch <= :epoch",
    ExpressionAttributeNames: { "#version": "version" },
    ExpressionAttributeValues: { ":version": expected, ":epoch": epoch },
  };
}

function partsOf(plain: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < plain.byteLength; at += partBytesMax) parts.push(plain.subarray(at, at + partBytesMax));
  return parts;
}

/** Cuts writes, in their order, into transactions that DynamoDB takes. */
export function* batchesOf(writes: readonly Write[]): Generator<Write[]> {
  let batch: Write[] = [];
  let bytes = 0;
  for (const write of writes) {
    if (batch.length >= transactionItemsMax || (batch.length > 0 && bytes + write.bytes > transactionBytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(write);
    bytes += write.bytes;
  }
  if (batch.length > 0) yield batch;
}
