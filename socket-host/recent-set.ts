/** Remembers the last `limit` names it was given; forgetting one costs a repeated write, never a wrong one. */
export class RecentSet {
  readonly #limit: number;
  readonly #names = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  add(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    const [oldest] = this.#names;
    if (this.#names.size > this.#limit && oldest !== undefined) this.#names.delete(oldest);
  }
}
