/** Runs the work of each phone one after the other, and that of different phones side by side. */
export class PhoneTasks {
  readonly #tails = new Map<string, Promise<void>>();

  run<T>(number: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(number) ?? Promise.resolve();
    const result = before.then(work);
    // Whoever asked for the work hears of its failure; the next in line only waits for its end.
    const tail = result.then(
      () => {},
      () => {},
    );
    this.#tails.set(number, tail);
    void tail.then(() => {
      if (this.#tails.get(number) === tail) this.#tails.delete(number);
    });
    return result;
  }

  /** Resolves when no work is left. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
