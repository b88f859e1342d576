import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { Session, SessionRef } from "../domain/session/session.ts";
import { findSession } from "../domain/session/store.ts";

const recentForMs = 5_000;

/** A session as its table has it, or had it a moment ago: most of what is written about it needs no newer word. */
export class RecentSession {
  readonly #db: Db<"sessions">;
  readonly #ref: SessionRef;
  readonly #now: Now;
  #reading: symbol | undefined;
  #known: { readonly session: Session | undefined; readonly readAtMs: number } | undefined;

  constructor(db: Db<"sessions">, ref: SessionRef, now: Now) {
    this.#db = db;
    this.#ref = ref;
    this.#now = now;
  }

  /** Reads it now; undefined where it is gone. */
  async read(): Promise<Session | undefined> {
    const reading = Symbol("reading");
    this.#reading = reading;
    const readAtMs = this.#now();
    const session = await findSession(this.#db, this.#ref.tenantId, this.#ref.id);
    // Not where somebody rang or wrote meanwhile: what was read may be from before.
    if (this.#reading === reading) this.#known = { session, readAtMs };
    return session;
  }

  /** As it was at most five seconds ago, and never before it was last forgotten. */
  async recent(): Promise<Session | undefined> {
    const known = this.#known;
    const isRecent = known !== undefined && this.#now() - known.readAtMs < recentForMs;
    return isRecent ? known.session : this.read();
  }

  /** Has it read anew: it was written, or somebody rang. */
  forget(): void {
    this.#known = undefined;
    this.#reading = undefined;
  }
}
