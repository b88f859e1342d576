import { nextCount } from "../dynamodb/counter.ts";
import type { Db } from "../dynamodb/db.ts";
import type { SessionRef } from "./session.ts";

/**
 * The next number of a session, which orders both its events (their `sequence`) and the rows of its outbox; with `by`,
 * the last of so many. One that is taken and not used leaves a gap, which harms neither.
 */
export function nextSequence(
  db: Db<"sessions">,
  session: Pick<SessionRef, "id" | "tenantId">,
  by = 1,
): Promise<number> {
  return nextCount(db, db.table.sessions, { pk: `${session.tenantId}#${session.id}`, sk: "counter#events" }, { by });
}
