/**
 * Lets a bounded number of things of one kind happen at a time, of all sessions of a host together: logins, files being
 * fetched. Who comes later waits for its turn.
 */
export class Slots {
  readonly #max: () => number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  /** `max` is asked whenever a slot is wanted or given back. */
  constructor(max: () => number) {
    this.#max = max;
  }

  /**
   * Resolves with what gives the slot back (once, however often it is called), in the order of asking; at once, with
   * nothing to give back, when the signal aborts first.
   */
  async take(options: { urgent: boolean; signal: AbortSignal }): Promise<() => void> {
    if (options.urgent || this.#taken < this.#max()) this.#taken++;
    else if (!(await this.#turn(options.signal))) return () => {};
    let given = false;
    const giveBack = () => {
      if (given) return;
      given = true;
      this.#taken--;
      this.#next();
    };
    if (!options.signal.aborted) return giveBack;
    giveBack();
    return () => {};
  }

  /** Answers whether the turn came, with the slot taken; false where the signal aborts first. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const come = () => resolve(true);
    const leave = () => {
      const place = this.#waiting.indexOf(come);
      if (place >= 0) this.#waiting.splice(place, 1);
      // Where it is not there any more, its turn has come, and the slot is given back by whoever asked.
      resolve(false);
    };
    this.#waiting.push(come);
    signal.addEventListener("abort", leave, { once: true });
    const came = await promise;
    signal.removeEventListener("abort", leave);
    return came;
  }

  #next(): void {
    while (this.#taken < this.#max()) {
      const come = this.#waiting.shift();
      if (come === undefined) return;
      this.#taken++;
      come();
    }
  }
}
