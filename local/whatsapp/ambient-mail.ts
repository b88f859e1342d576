/** How many messages to one person come between two statuses unless told. */
const EVERY = 10;

/**
 * Statuses and channel posts among the mail: one of each before the first message that a person's companions get, and
 * before every tenth after it. `every` is null where there are to be none. It lives in memory only.
 */
export class AmbientMail {
  every: number | null = EVERY;
  readonly #counts = new Map<string, number>();

  /** Counts a message to this person; whether a status and a post come before it. */
  isDue(number: string): boolean {
    if (this.every === null) return false;
    const count = this.#counts.get(number) ?? 0;
    this.#counts.set(number, count + 1);
    return count % this.every === 0;
  }
}
