import { BatchGetCommand, DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { failedConditions, isConditionFailed } from "../../domain/dynamodb/condition.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { type TransactItem, transact } from "../../domain/dynamodb/transaction.ts";
import { type Held, KeyCache } from "./key-cache.ts";
import { credentialsKey, type ItemSealer, KeyItem, keyPartition, type SessionName } from "./key-item.ts";
import { KeyStoreFailed, OwnershipLost } from "./key-store-error.ts";
import { Mutex } from "./mutex.ts";

export interface Change {
  readonly sk: string;
  /** What it shall hold; null takes it out. */
  readonly plain: Uint8Array | null;
  /** The version the change was worked out from; undefined where it does not depend on what was there. */
  readonly expected?: number | undefined;
  /** Whether it will be read again soon; what is only replayed after a crash is not worth the memory. */
  readonly cached: boolean;
}

/** What Signal's keys are read from and written to. */
export interface VersionedTable {
  read(sks: readonly string[]): Promise<ReadonlyMap<string, Held>>;
  /** Writes all changes, or throws. Answers the versions they then have. */
  write(changes: readonly Change[]): Promise<ReadonlyMap<string, number>>;
}

export interface KeyTableOptions {
  readonly db: Db<"keys">;
  readonly session: SessionName;
  readonly epoch: number;
  readonly sealer: ItemSealer;
  readonly cacheBytesMax: number;
}

/** DynamoDB's limits on one transaction are 100 items and 4 MB; the rest is left for names and attributes. */
const transactionItemsMax = 100;
const transactionBytesMax = 3_000_000;
const readItemsMax = 100;

/**
 * One session's items under one ownership. Every write is a compare-and-set on the version last read and on the
 * epoch, so a write that meets another owner's fails; any failure, of a read too, is final: from then on everything
 * throws, and whoever holds this must let go of the session and begin anew from what the table says.
 */
export class KeyTable implements VersionedTable {
  readonly #options: KeyTableOptions;
  readonly #pk: string;
  readonly #cache: KeyCache;
  readonly #writes = new Mutex();
  readonly #failureListeners: ((failure: Error) => void)[] = [];
  #failure: Error | undefined;

  constructor(options: KeyTableOptions) {
    this.#options = options;
    this.#pk = keyPartition(options.session);
    this.#cache = new KeyCache(options.cacheBytesMax, credentialsKey);
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  onFailure(listener: (failure: Error) => void): void {
    this.#failureListeners.push(listener);
  }

  /** Ends all use of these keys; the first failure is the one that counts. */
  fail(failure: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#cache.clear();
    for (const listener of this.#failureListeners) listener(failure);
  }

  /** Ends all use but the removal of rows, without telling anyone: the owner has let go. */
  close(reason: Error): void {
    this.#failure ??= reason;
    this.#cache.clear();
  }

  async read(sks: readonly string[]): Promise<ReadonlyMap<string, Held>> {
    const found = new Map<string, Held>();
    const missing: string[] = [];
    this.#throwIfFailed();
    for (const sk of new Set(sks)) {
      const held = this.#cache.get(sk);
      if (held === undefined) missing.push(sk);
      else found.set(sk, held);
    }
    for (let at = 0; at < missing.length; at += readItemsMax) {
      const page = await this.#guard("read", () => this.#readPage(missing.slice(at, at + readItemsMax)));
      for (const [sk, held] of page) found.set(sk, this.#learn(sk, held));
    }
    return found;
  }

  /** Asked from within a transaction or not, writes go one after another, each from the version the last one made. */
  write(changes: readonly Change[]): Promise<ReadonlyMap<string, number>> {
    return this.#writes.run(async () => {
      this.#throwIfFailed();
      const versions = await this.#versionsBefore(changes);
      // Puts go before deletes: a crash between two transactions leaves a key too many, never one too few.
      const puts = changes.filter(change => change.plain !== null);
      const deletes = changes.filter(change => change.plain === null && versions.get(change.sk) !== 0);
      for (const batch of batchesOf([...puts, ...deletes])) {
        const items = batch.map(change => this.#itemOf(change, versions.get(change.sk) ?? 0));
        await this.#guard("write", () => transact(this.#options.db, items));
        for (const change of batch) this.#remember(change, versions);
      }
      return versions;
    });
  }

  /** The plain items under a prefix after a sort key, oldest first, read consistently and past the cache. */
  async page(prefix: string, after: string, limit: number): Promise<{ sk: string; plain: Uint8Array }[]> {
    this.#throwIfFailed();
    return this.#guard("read", async () => {
      const { db, sealer } = this.#options;
      const answer = await db.client.send(
        new QueryCommand({
          TableName: db.table.keys,
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :after AND :end",
          ExpressionAttributeValues: { ":pk": this.#pk, ":after": `${after}!`, ":end": `${prefix}~` },
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      return (answer.Items ?? []).map(raw => {
        const item = KeyItem.parse(raw);
        return { sk: item.sk, plain: sealer.open(item.sk, item.sealed) };
      });
    });
  }

  /** Takes out a row that is written once and never changed; gone already is as good. */
  async remove(sk: string): Promise<void> {
    const { db, epoch } = this.#options;
    await this.#guard("write", () =>
      db.client.send(
        new DeleteCommand({
          TableName: db.table.keys,
          Key: { pk: this.#pk, sk },
          ConditionExpression: "attribute_not_exists(pk) OR epoch <= :epoch",
          ExpressionAttributeValues: { ":epoch": epoch },
        }),
      ),
    );
  }

  /** Resolves when no write is under way. */
  idle(): Promise<void> {
    return this.#writes.idle();
  }

  get cachedBytes(): number {
    return this.#cache.bytes;
  }

  async #readPage(sks: readonly string[]): Promise<Map<string, Held>> {
    const { db, sealer } = this.#options;
    const page = new Map<string, Held>(sks.map(sk => [sk, { version: 0, plain: undefined }]));
    let Keys: Record<string, unknown>[] | undefined = sks.map(sk => ({ pk: this.#pk, sk }));
    while (Keys !== undefined && Keys.length > 0) {
      const answer: { Responses?: Record<string, unknown[]>; UnprocessedKeys?: Record<string, Unprocessed> } =
        await db.client.send(
          new BatchGetCommand({ RequestItems: { [db.table.keys]: { Keys, ConsistentRead: true } } }),
        );
      for (const raw of answer.Responses?.[db.table.keys] ?? []) {
        const item = KeyItem.parse(raw);
        if (item.epoch > this.#options.epoch) throw new OwnershipLost("a key was written under a newer lease");
        page.set(item.sk, { version: item.version, plain: sealer.open(item.sk, item.sealed) });
      }
      Keys = answer.UnprocessedKeys?.[db.table.keys]?.Keys;
    }
    return page;
  }

  /** What came to be known while a read was under way is as new or newer: the read must not put an older item back. */
  #learn(sk: string, held: Held): Held {
    const newer = this.#cache.get(sk);
    if (newer !== undefined) return newer;
    this.#cache.set(sk, held);
    return held;
  }

  async #versionsBefore(changes: readonly Change[]): Promise<Map<string, number>> {
    const unknown = changes.filter(change => change.expected === undefined).map(change => change.sk);
    const held = await this.read(unknown);
    return new Map(changes.map(change => [change.sk, change.expected ?? held.get(change.sk)?.version ?? 0]));
  }

  #remember(change: Change, versions: Map<string, number>): void {
    const version = change.plain === null ? 0 : (versions.get(change.sk) ?? 0) + 1;
    versions.set(change.sk, version);
    if (change.cached) this.#cache.set(change.sk, { version, plain: change.plain ?? undefined });
  }

  #itemOf({ sk, plain }: Change, version: number): TransactItem {
    const { db, epoch, sealer } = this.#options;
    const TableName = db.table.keys;
    const condition =
      version === 0
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : {
            ConditionExpression: "#version = :version AND epoch <= :epoch",
            ExpressionAttributeNames: { "#version": "version" },
            ExpressionAttributeValues: { ":version": version, ":epoch": epoch },
          };
    if (plain === null) return { Delete: { TableName, Key: { pk: this.#pk, sk }, ...condition } };
    const Item = { pk: this.#pk, sk, version: version + 1, epoch, sealed: sealer.seal(sk, plain) };
    return { Put: { TableName, Item, ...condition } };
  }

  async #guard<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const failure = failureOf(doing, cause);
      this.fail(failure);
      throw failure;
    }
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

interface Unprocessed {
  readonly Keys?: Record<string, unknown>[] | undefined;
}

function failureOf(doing: string, cause: unknown): Error {
  if (cause instanceof OwnershipLost) return cause;
  if (failedConditions(cause) !== undefined || isConditionFailed(cause)) {
    return new OwnershipLost("a key was written by another owner since it was read", { cause });
  }
  return new KeyStoreFailed(`keys could not be ${doing === "read" ? "read" : "written"}`, { cause });
}

function* batchesOf(changes: readonly Change[]): Generator<Change[]> {
  let batch: Change[] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = change.plain?.byteLength ?? 0;
    if (batch.length >= transactionItemsMax || (batch.length > 0 && bytes + size > transactionBytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(change);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
