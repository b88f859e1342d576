import type { SignalRepositoryWithLIDStore } from "@whiskeysockets/baileys";

const pairsKept = 500;
const namesOfPair = 2;

/**
 * The numbers and LIDs that a session met last, in the place of Baileys' own cache, which keeps each for three days with
 * a timer of its own and has no bound (lib/Signal/lid-mapping.js; Baileys#2640): an address book of 5,000 people took some
 * 4 MB a session. Baileys reads back what it has just put in, so that the oldest go only once it is done.
 */
class NameCache {
  readonly #names = new Map<string, string>();
  #isTrimming = false;

  get(name: string): string | undefined {
    const other = this.#names.get(name);
    if (other !== undefined) this.#put(name, other);
    return other;
  }

  set(name: string, other: string): void {
    this.#put(name, other);
    if (this.#names.size <= pairsKept * namesOfPair || this.#isTrimming) return;
    this.#isTrimming = true;
    setImmediate(() => this.#trim());
  }

  clear(): void {
    this.#names.clear();
  }

  get size(): number {
    return this.#names.size;
  }

  #put(name: string, other: string): void {
    this.#names.delete(name);
    this.#names.set(name, other);
  }

  #trim(): void {
    this.#isTrimming = false;
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= pairsKept * namesOfPair) return;
      this.#names.delete(oldest);
    }
  }
}

/** Bounds what a repository remembers of names. Answers how many it remembers. */
export function boundNames({ lidMapping }: Pick<SignalRepositoryWithLIDStore, "lidMapping">): () => number {
  const cache = new NameCache();
  Reflect.set(lidMapping, "mappingCache", cache);
  return () => cache.size;
}
