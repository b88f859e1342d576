import { BatchGetCommand, DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { failedConditions, isConditionFailed } from "../../domain/dynamodb/condition.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { transact } from "../../domain/dynamodb/transaction.ts";
import { type Held, KeyCache, nothingHeld } from "./key-cache.ts";
import { credentialsKey, type ItemSealer, KeyItem, keyPartition, partKey, type SessionName } from "./key-item.ts";
import { KeyStoreFailed, OwnershipLost } from "./key-store-error.ts";
import { batchesOf, type Change, claimCheck, writesOf } from "./key-writes.ts";
import { Mutex } from "./mutex.ts";

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

const readItemsMax = 100;

/**
 * One session's items under one ownership. Every write is a compare-and-set on the version last read and on the
 * epoch of the latest owner, so the write of one that was overtaken fails; any failure, of a read too, is final: from then on everything
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

  /** Writes go one after another, each from the versions the last one made. */
  write(changes: readonly Change[]): Promise<ReadonlyMap<string, number>> {
    return this.#writes.run(async () => {
      this.#throwIfFailed();
      const before = await this.#heldBefore(changes);
      const writes = changes.map(change => writesOf(this.#options, change, before.get(change.sk) ?? nothingHeld));
      // Puts go before deletes: a crash between two transactions leaves an item too many, never one too few.
      const ordered = [...writes.flatMap(({ puts }) => puts), ...writes.flatMap(({ deletes }) => deletes)];
      for (const batch of batchesOf(ordered)) {
        const items = [claimCheck(this.#options), ...batch.map(({ item }) => item)];
        await this.#guard("write", () => transact(this.#options.db, items));
      }
      for (const { change, after } of writes) if (change.cached) this.#cache.set(change.sk, after);
      return new Map(writes.map(({ change, after }) => [change.sk, after.version]));
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
    const found = await this.#readItems(sks);
    const page = new Map<string, Held>(sks.map(sk => [sk, nothingHeld]));
    for (const [sk, { version, sealed, parts = 1 }] of found) {
      const first = this.#options.sealer.open(sk, sealed);
      const plain = parts === 1 ? first : Buffer.concat([first, ...(await this.#readParts(sk, version, parts))]);
      page.set(sk, { version, plain, parts });
    }
    return page;
  }

  async #readParts(sk: string, version: number, parts: number): Promise<Uint8Array[]> {
    const keys = Array.from({ length: parts - 1 }, (_, part) => partKey(sk, version, part + 1));
    const found = new Map<string, KeyItem>();
    for (let at = 0; at < keys.length; at += readItemsMax) {
      for (const [key, item] of await this.#readItems(keys.slice(at, at + readItemsMax))) found.set(key, item);
    }
    return keys.map(key => {
      const item = found.get(key);
      if (item === undefined) throw new OwnershipLost("a part of a key was replaced while it was read");
      return this.#options.sealer.open(key, item.sealed);
    });
  }

  async #readItems(sks: readonly string[]): Promise<Map<string, KeyItem>> {
    const { db, epoch } = this.#options;
    const items = new Map<string, KeyItem>();
    let Keys: Record<string, unknown>[] | undefined = sks.map(sk => ({ pk: this.#pk, sk }));
    while (Keys !== undefined && Keys.length > 0) {
      const answer: { Responses?: Record<string, unknown[]>; UnprocessedKeys?: Record<string, Unprocessed> } =
        await db.client.send(
          new BatchGetCommand({ RequestItems: { [db.table.keys]: { Keys, ConsistentRead: true } } }),
        );
      for (const raw of answer.Responses?.[db.table.keys] ?? []) {
        const item = KeyItem.parse(raw);
        if (item.epoch > epoch) throw new OwnershipLost("a key was written under a newer lease");
        items.set(item.sk, item);
      }
      Keys = answer.UnprocessedKeys?.[db.table.keys]?.Keys;
    }
    return items;
  }

  /** What came to be known while a read was under way is as new or newer: the read must not put an older item back. */
  #learn(sk: string, held: Held): Held {
    const newer = this.#cache.get(sk);
    if (newer !== undefined) return newer;
    this.#cache.set(sk, held);
    return held;
  }

  /** What each change replaces: the version it was worked out from, and how many parts there are to clear away. */
  async #heldBefore(changes: readonly Change[]): Promise<Map<string, Held>> {
    const unknown = changes.filter(change => change.expected === undefined).map(change => change.sk);
    const held = await this.read(unknown);
    return new Map(
      changes.map(({ sk, expected }) => {
        if (expected === undefined) return [sk, held.get(sk) ?? nothingHeld];
        const cached = this.#cache.get(sk);
        const parts = cached?.version === expected ? cached.parts : undefined;
        return [sk, { version: expected, plain: undefined, parts }];
      }),
    );
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
