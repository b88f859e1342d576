const rememberedMax = 2_000;

/** The names met last, the oldest forgotten first. */
export class RecentNames {
  readonly #names = new Set<string>();

  add(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    if (this.#names.size <= rememberedMax) return;
    for (const oldest of this.#names) {
      this.#names.delete(oldest);
      return;
    }
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }
}
