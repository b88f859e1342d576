import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type Now, systemNow } from "../../domain/clock.ts";
import { failedConditions } from "../../domain/dynamodb/condition.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { transact } from "../../domain/dynamodb/transaction.ts";
import type { DataKeys } from "../../domain/secret/envelope.ts";
import { HistoryNotices } from "./history-notices.ts";
import { Journal } from "./journal.ts";
import {
  credentialsKey,
  DataKeyItem,
  dataKeyKey,
  type ItemSealer,
  itemSealer,
  keyPartition,
  type SessionName,
} from "./key-item.ts";
import { KeysClosed, OwnershipLost } from "./key-store-error.ts";
import { KeyTable } from "./key-table.ts";
import { SignalRecords } from "./signal-records.ts";

export interface SessionKeysOptions {
  readonly db: Db<"keys">;
  readonly dataKeys: DataKeys;
  readonly session: SessionName;
  /** The epoch of the lease under which this process owns the session. */
  readonly epoch: number;
  readonly now?: Now;
  readonly cacheBytesMax?: number;
  readonly undecryptableAfterMs?: number;
}

/** Enough for the records of some fifty chats; with 500 sessions a task, at most 128 MB. */
const cacheBytesMax = 256 * 1024;
/** Senders answer a retry within seconds when they are online. */
const undecryptableAfterMs = 60_000;

/**
 * One session's Signal keys, credentials and inbound journal, under one ownership. The first failure of the table is
 * the end of it: `onFailure` is told (OwnershipLost or KeyStoreFailed), and everything asked afterwards throws.
 */
export class SessionKeys {
  readonly session: SessionName;
  readonly epoch: number;
  readonly records: SignalRecords;
  readonly journal: Journal;
  readonly history: HistoryNotices;
  readonly #table: KeyTable;
  readonly #sealer: ItemSealer;
  #encodeCredentials: (() => Uint8Array) | undefined;

  constructor(table: KeyTable, sealer: ItemSealer, options: SessionKeysOptions) {
    this.#sealer = sealer;
    this.session = options.session;
    this.epoch = options.epoch;
    this.#table = table;
    this.records = new SignalRecords(table, () => {
      if (this.#encodeCredentials === undefined) throw new Error("credentials changed before they were read");
      return this.#encodeCredentials();
    });
    this.journal = new Journal({
      table,
      records: this.records,
      now: options.now ?? systemNow,
      undecryptableAfterMs: options.undecryptableAfterMs ?? undecryptableAfterMs,
    });
    this.history = new HistoryNotices({ table, records: this.records, now: options.now ?? systemNow });
    table.onFailure(() => this.#closeReaders());
  }

  /** The stored credentials, undefined where the session has none; never undefined because they could not be read. */
  async credentials(): Promise<Uint8Array | undefined> {
    const held = await this.#table.read([credentialsKey]);
    return held.get(credentialsKey)?.plain;
  }

  /** Seals a message's secret, to be kept with the message; it cannot be opened once these keys are erased. */
  sealSecret(waMessageId: string, secret: Uint8Array): Uint8Array {
    return this.#sealer.seal(secretName(waMessageId), secret);
  }

  /** Undoes `sealSecret`; undefined where it was sealed before the session was linked anew. */
  openSecret(waMessageId: string, sealed: Uint8Array): Uint8Array | undefined {
    try {
      return this.#sealer.open(secretName(waMessageId), sealed);
    } catch {
      return undefined;
    }
  }

  /** How the credentials are encoded when they are next written. */
  keepCredentials(encode: () => Uint8Array): void {
    this.#encodeCredentials = encode;
  }

  get failure(): Error | undefined {
    return this.#table.failure;
  }

  onFailure(listener: (failure: Error) => void): void {
    this.#table.onFailure(listener);
  }

  /**
   * Lets go of the session once what is under way is durable; nothing is read or written under this ownership
   * afterwards, but that entries already read may still be forgotten.
   */
  async close(): Promise<void> {
    await this.records.idle();
    if (this.failure === undefined) await this.records.durable();
    this.abandon();
  }

  /** Lets go at once: what is not durable yet is never written. */
  abandon(): void {
    this.#closeReaders();
    this.#table.close(new KeysClosed("the session's keys were closed"));
  }

  #closeReaders(): void {
    this.journal.close();
    this.history.close();
  }
}

/**
 * Opens a session's keys for an owner. The wrapped data key carries the epoch of the latest owner, so that an older
 * one cannot open them any more. Throws OwnershipLost where a newer epoch has; any other error means that nothing is
 * known about the keys.
 */
export async function openSessionKeys(options: SessionKeysOptions): Promise<SessionKeys> {
  const { db, session, epoch } = options;
  const key = await claim(options);
  const sealer = itemSealer(session, key);
  const table = new KeyTable({
    db,
    session,
    epoch,
    sealer,
    cacheBytesMax: options.cacheBytesMax ?? cacheBytesMax,
  });
  const keys = new SessionKeys(table, sealer, options);
  await keys.journal.open();
  return keys;
}

const secretName = (waMessageId: string) => `secret#${waMessageId}`;

const contextOf = (session: SessionName) => ({
  tenantId: session.tenantId,
  sessionId: session.id,
  use: "session-keys",
});

/** Answers the plain data key, made here if the session has none, and writes this owner's epoch beside it. */
async function claim({ db, dataKeys, session, epoch }: SessionKeysOptions): Promise<Uint8Array> {
  const Key = { pk: keyPartition(session), sk: dataKeyKey };
  const TableName = db.table.keys;
  const found = await db.client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  try {
    if (found.Item === undefined) {
      const made = await dataKeys.generate(contextOf(session));
      const Item = { ...Key, version: 1, epoch, wrapped: made.wrapped };
      await transact(db, [{ Put: { TableName, Item, ConditionExpression: "attribute_not_exists(pk)" } }]);
      return made.plain;
    }
    const { version, wrapped } = DataKeyItem.parse(found.Item);
    const plain = await dataKeys.unwrap(wrapped, contextOf(session));
    const Update = {
      TableName,
      Key,
      UpdateExpression: "SET epoch = :epoch ADD #version :one",
      ConditionExpression: "#version = :version AND epoch <= :epoch",
      ExpressionAttributeNames: { "#version": "version" },
      ExpressionAttributeValues: { ":epoch": epoch, ":version": version, ":one": 1 },
    };
    await transact(db, [{ Update }]);
    return plain;
  } catch (cause) {
    if (failedConditions(cause) !== undefined)
      throw new OwnershipLost("a newer owner has opened the session's keys", { cause });
    throw cause;
  }
}

const erasePageSize = 25;
const Row = z.object({ pk: z.string(), sk: z.string() });

/**
 * Erases everything a session has in the key table, and nothing else: after a logout, or with the session. The
 * credentials and the data key go last and together, so that an erasure cut short is taken up again by the next one
 * and no new identity ever meets old records. Journal entries not yet stored go too: store them first.
 */
export async function eraseSessionKeys(db: Db<"keys">, session: SessionName): Promise<void> {
  const pk = keyPartition(session);
  const last = new Set<string>([credentialsKey, dataKeyKey]);
  const deletion = (Key: { pk: string; sk: string }) => ({ Delete: { TableName: db.table.keys, Key } });
  for (let ExclusiveStartKey: Record<string, unknown> | undefined, first = true; first || ExclusiveStartKey; ) {
    first = false;
    const answer: { Items?: unknown[]; LastEvaluatedKey?: Record<string, unknown> } = await db.client.send(
      new QueryCommand({
        TableName: db.table.keys,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": pk },
        ProjectionExpression: "pk, sk",
        ConsistentRead: true,
        ExclusiveStartKey,
        Limit: erasePageSize,
      }),
    );
    const rows = (answer.Items ?? []).map(row => Row.parse(row)).filter(row => !last.has(row.sk));
    if (rows.length > 0) await transact(db, rows.map(deletion));
    ExclusiveStartKey = answer.LastEvaluatedKey;
  }
  await transact(
    db,
    [...last].map(sk => deletion({ pk, sk })),
  );
}
