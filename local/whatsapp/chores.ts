import * as z from "zod";
import type { Database } from "./database.ts";

const Mode = z.enum(["pn", "lid"]);

/** What a phone still has to do by itself, after a while: receipts, an automatic reply, its history for a new companion, what a companion could not read. */
export const Chore = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("delivered"), to: z.string(), id: z.string(), mode: Mode, group: z.string().optional() }),
  z.object({ kind: z.literal("read"), to: z.string(), id: z.string(), mode: Mode, group: z.string().optional() }),
  z.object({ kind: z.literal("reply"), to: z.string(), text: z.string() }),
  z.object({ kind: z.literal("history"), device: z.number() }),
  z.object({ kind: z.literal("tell"), device: z.number(), requestId: z.string(), ids: z.array(z.string()) }),
]);
export type Chore = z.infer<typeof Chore>;

export interface DueChore {
  readonly seq: number;
  readonly number: string;
  readonly chore: Chore;
}

const DueRow = z
  .object({ seq: z.number(), number: z.string(), chore: z.string() })
  .transform((row): DueChore => ({ ...row, chore: Chore.parse(JSON.parse(row.chore)) }));
const NextRow = z.object({ next: z.number().nullable() });

/** The phones' chores, kept so that no receipt is lost when the process dies within a delivery delay. */
export class Chores {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(number: string, dueAtMs: number, chore: Chore): void {
    this.#database
      .prepare("INSERT INTO chores (number, due_at_ms, chore) VALUES (?, ?, ?)")
      .run(number, dueAtMs, JSON.stringify(chore));
  }

  /** What phones that are online have to do by now, in the order it fell due. */
  due(nowMs: number, limit: number): DueChore[] {
    return this.#database
      .prepare(
        `SELECT seq, chores.number, chore FROM chores JOIN phones USING (number)
         WHERE online = 1 AND due_at_ms <= ? ORDER BY due_at_ms, seq LIMIT ?`,
      )
      .all(nowMs, limit)
      .map(row => DueRow.parse(row));
  }

  /** When the next chore of an online phone falls due, in milliseconds since the epoch. */
  nextDueAtMs(): number | null {
    const row = this.#database
      .prepare("SELECT min(due_at_ms) AS next FROM chores JOIN phones USING (number) WHERE online = 1")
      .get();
    return NextRow.parse(row).next;
  }

  remove(seq: number): void {
    this.#database.prepare("DELETE FROM chores WHERE seq = ?").run(seq);
  }
}
