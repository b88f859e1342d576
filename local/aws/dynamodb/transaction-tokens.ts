import { AwsError } from "../aws-error.ts";
import type { Database } from "./database.ts";

const keptMs = 10 * 60 * 1000;

interface Token {
  readonly content: string;
  readonly atMs: number;
}

/**
 * The client request tokens of the transactions of the last ten minutes (DynamoDB API reference, TransactWriteItems,
 * ClientRequestToken). A token is written in its transaction: a retry after a crash finds both or neither.
 */
export class TransactionTokens {
  readonly #database: Database;
  readonly #now: () => number;
  /** In the order of their times. */
  readonly #tokens: Map<string, Token>;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#tokens = new Map(database.tokens().map(({ token, content, atMs }) => [token, { content, atMs }]));
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

  /** Does the work of a transaction together with its token; it counts as done only once both are written. */
  doing(token: string, content: string, work: () => void): void {
    const atMs = this.#now();
    this.#database.atomically(() => {
      work();
      this.#database.putToken(token, content, atMs);
    });
    this.#tokens.delete(token);
    this.#tokens.set(token, { content, atMs });
  }

  /** Forgets the tokens older than ten minutes. */
  prune(): void {
    const oldestMs = this.#now() - keptMs;
    let forgotten = false;
    for (const [token, { atMs }] of this.#tokens) {
      if (atMs >= oldestMs) break;
      this.#tokens.delete(token);
      forgotten = true;
    }
    if (forgotten) this.#database.deleteTokensBefore(oldestMs);
  }
}
