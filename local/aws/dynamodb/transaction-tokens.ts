import type { BatchOperation, LevelDb } from "dynalite/db/index.js";
import * as z from "zod";
import { AwsError } from "../aws-error.ts";

const prefix = "transaction-token~";
const keptMs = 10 * 60 * 1000;

const StoredToken = z.strictObject({ content: z.string(), atMs: z.number() });

/**
 * The client request tokens of the transactions of the last ten minutes (DynamoDB API reference, TransactWriteItems,
 * ClientRequestToken). A token is written in its transaction's own batch: a retry after a crash finds both or neither.
 */
export class TransactionTokens {
  readonly #db: LevelDb;
  readonly #now: () => number;
  /** In the order of their times. */
  readonly #tokens: Map<string, z.infer<typeof StoredToken>>;

  private constructor(db: LevelDb, now: () => number, tokens: Map<string, z.infer<typeof StoredToken>>) {
    this.#db = db;
    this.#now = now;
    this.#tokens = tokens;
  }

  static async open(db: LevelDb, now: () => number): Promise<TransactionTokens> {
    const found: [string, z.infer<typeof StoredToken>][] = [];
    for await (const [key, value] of db.iterator({ gte: prefix, lt: `${prefix}\xff` })) {
      found.push([key.slice(prefix.length), StoredToken.parse(value)]);
    }
    return new TransactionTokens(db, now, new Map(found.sort(([, a], [, b]) => a.atMs - b.atMs)));
  }

  /** Whether this transaction was done already. Throws IdempotentParameterMismatchException where another one was. */
  has(token: string, content: string): boolean {
    const known = this.#tokens.get(token);
    if (known === undefined || this.#now() - known.atMs > keptMs) return false;
    if (known.content === content) return true;
    throw new AwsError(
      "IdempotentParameterMismatchException",
      "The request uses the same client token as a previous, but non-identical request.",
    );
  }

  /** Commits a transaction together with its token; it counts as done only once that is written. */
  async committing(
    token: string,
    content: string,
    commit: (more: readonly BatchOperation[]) => Promise<void>,
  ): Promise<void> {
    const stored = { content, atMs: this.#now() };
    await commit([{ type: "put", key: prefix + token, value: stored }]);
    this.#tokens.delete(token);
    this.#tokens.set(token, stored);
  }

  /** Forgets the tokens older than ten minutes. */
  async prune(): Promise<void> {
    const old: BatchOperation[] = [];
    for (const [token, { atMs }] of this.#tokens) {
      if (this.#now() - atMs <= keptMs) break;
      this.#tokens.delete(token);
      old.push({ type: "del", key: prefix + token });
    }
    if (old.length > 0) await this.#db.batch(old);
  }
}
