import * as z from "zod";
import type { Database } from "./database.ts";

const CountRow = z.object({ count: z.number() });

/** How often a phone has asked for a message again that it could not decrypt. */
export class RetryRequests {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Counts one more request and gives the number so far. */
  count(number: string, sender: string, id: string): number {
    const row = this.#database
      .prepare(
        `INSERT INTO retry_requests (number, sender, id, count) VALUES (?, ?, ?, 1)
         ON CONFLICT (number, sender, id) DO UPDATE SET count = count + 1 RETURNING count`,
      )
      .get(number, sender, id);
    return CountRow.parse(row).count;
  }
}
