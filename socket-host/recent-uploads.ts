import type { Now } from "../domain/clock.ts";

interface Kept<T> {
  readonly made: Promise<T>;
  readonly atMs: number;
}

const keptMax = 16;
/** WhatsApp keeps an upload for weeks; nothing here needs it for longer than a bulk takes. */
const keptMs = 3_600_000;

/** What was uploaded for one message of several that carry the same file, for the others to name it too. */
export class RecentUploads<T> {
  readonly #now: Now;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(now: Now) {
    this.#now = now;
  }

  /** What was made under this name within the hour, or what `make` makes now; what fails is not kept. */
  async once(name: string, make: () => Promise<T>): Promise<T> {
    const nowMs = this.#now();
    const known = this.#kept.get(name);
    if (known !== undefined && nowMs - known.atMs < keptMs) return known.made;
    const made = make();
    this.#kept.delete(name);
    this.#kept.set(name, { made, atMs: nowMs });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptMax && oldest !== undefined) this.#kept.delete(oldest);
    try {
      return await made;
    } catch (error) {
      if (this.#kept.get(name)?.made === made) this.#kept.delete(name);
      throw error;
    }
  }
}
