/**
 * Lets a bounded number of things of one kind happen at a time, of all sessions of a host together: logins, files being
 * fetched. Who comes later waits for its turn.
 */
export class Slots {
  readonly #max: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Resolves with what gives the slot back (once, however often it is called), in the order of asking; at once, with
   * nothing to give back, when the signal aborts first.
   */
  async take(options: { urgent: boolean; signal: AbortSignal }): Promise<() => void> {
    if (!options.urgent && this.#taken >= this.#max) await this.#turn(options.signal);
    if (options.signal.aborted) return () => {};
    this.#taken++;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#taken--;
      this.#next();
    };
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = () => {
      const place = this.#waiting.indexOf(resolve);
      if (place >= 0) this.#waiting.splice(place, 1);
      // Called already, but not interested any more: the turn is the next one's.
      else this.#next();
      resolve();
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", leave, { once: true });
    await promise;
    signal.removeEventListener("abort", leave);
  }

  #next(): void {
    if (this.#taken < this.#max) this.#waiting.shift()?.();
  }
}
