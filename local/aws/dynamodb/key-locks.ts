/** Exclusive locks by key, granted in the order asked. */
export class KeyLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs the work while holding all the keys, taken in one order everywhere so that two callers cannot block each other. */
  async holding<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const releases: (() => void)[] = [];
    for (const key of [...new Set(keys)].sort()) releases.push(await this.#acquire(key));
    try {
      return await work();
    } finally {
      for (const release of releases) release();
    }
  }

  async #acquire(key: string): Promise<() => void> {
    const previous = this.#tails.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    const tail = previous === undefined ? promise : previous.then(() => promise);
    this.#tails.set(key, tail);
    await previous;
    return () => {
      resolve();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
  }
}
