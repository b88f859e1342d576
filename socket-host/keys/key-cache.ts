/** An item as last read or written: version 0 and no bytes where there is none. */
export interface Held {
  readonly version: number;
  readonly plain: Uint8Array | undefined;
  /** How many items it takes, where it is too large for one. */
  readonly parts?: number | undefined;
}

export const nothingHeld: Held = { version: 0, plain: undefined };

/** Roughly what an entry costs besides its bytes: its name, its place and its version. */
const entryOverheadBytes = 160;

/**
 * The items of one session that were used last, at most `bytesMax` of them. It only ever holds what the table is known
 * to hold: it is filled by reads, and by writes once they have succeeded.
 */
export class KeyCache {
  readonly #held = new Map<string, Held>();
  readonly #bytesMax: number;
  readonly #pinned: string;
  #bytes = 0;

  /** `pinned` is never pushed out, since its version must be the one this owner has seen. */
  constructor(bytesMax: number, pinned: string) {
    this.#bytesMax = bytesMax;
    this.#pinned = pinned;
  }

  get(name: string): Held | undefined {
    const held = this.#held.get(name);
    if (held === undefined) return undefined;
    this.#held.delete(name);
    this.#held.set(name, held);
    return held;
  }

  set(name: string, held: Held): void {
    this.#drop(name);
    this.#held.set(name, held);
    this.#bytes += costOf(held);
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      if (oldest !== this.#pinned && oldest !== name) this.#drop(oldest);
    }
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #drop(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    this.#bytes -= costOf(held);
    this.#held.delete(name);
  }
}

function costOf(held: Held): number {
  return (held.plain?.byteLength ?? 0) + entryOverheadBytes;
}
