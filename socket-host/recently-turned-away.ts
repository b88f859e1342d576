/**
 * The sessions that found no room. Each asks again with every sweep, so one that has not asked for a whole sweep is
 * gone: to another host, or deleted. Bounded by the sessions of the shards that are held.
 */
export class RecentlyTurnedAway {
  #now = new Set<string>();
  #before = new Set<string>();

  add(sessionId: string): void {
    this.#now.add(sessionId);
  }

  delete(sessionId: string): void {
    this.#now.delete(sessionId);
    this.#before.delete(sessionId);
  }

  /** A sweep begins: what was turned away in the one before the last is forgotten. */
  nextSweep(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }

  get size(): number {
    return new Set([...this.#now, ...this.#before]).size;
  }
}
