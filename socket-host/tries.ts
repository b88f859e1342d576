import type { OutboxRow } from "../domain/outbox/outbox.ts";

type Row = Pick<OutboxRow, "key">;

/** So many lost connections count as one try: a message that ends every connection it is sent on still fails alone. */
const lossesPerTry = 5;
const rememberedMax = 2_000;

/**
 * What one session knows, in memory, of messages that did not go through. A wait holds for the connection it was
 * begun on and not for the next; and a connection that went says little about the message that was on its way, so it
 * hardly counts. Forgotten with the process, which makes a message be tried earlier and more often, never less.
 */
export class Tries {
  readonly #waiting = new Set<string>();
  readonly #losses = new Map<string, number>();

  /** A new connection: nothing waits any more. */
  beginAnew(): void {
    this.#waiting.clear();
  }

  /** It is not to be tried before its time, on this connection. */
  postponed(row: Row): void {
    this.#waiting.add(row.key);
    forgetOldest(this.#waiting);
  }

  isWaiting(row: Row): boolean {
    return this.#waiting.has(row.key);
  }

  /** The connection went while it was under way. Answers whether that counts as a try. */
  lost(row: Row): boolean {
    const losses = (this.#losses.get(row.key) ?? 0) + 1;
    this.#losses.delete(row.key);
    if (losses >= lossesPerTry) return true;
    this.#losses.set(row.key, losses);
    forgetOldest(this.#losses);
    return false;
  }
}

function forgetOldest(remembered: Set<string> | Map<string, number>): void {
  const [oldest] = remembered.keys();
  if (remembered.size > rememberedMax && oldest !== undefined) remembered.delete(oldest);
}
