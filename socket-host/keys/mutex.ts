/** Runs one piece of work after another, in the order asked; a piece that fails does not hold the next. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    // The failure belongs to whoever asked for this work; the queue itself only waits for its end.
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Resolves when everything asked so far has ended, well or not. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
