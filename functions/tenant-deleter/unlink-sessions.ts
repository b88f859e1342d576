import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { sessionRowsOf } from "../../domain/session/of-tenant.ts";
import { Session } from "../../domain/session/session.ts";
import { unlinkSession } from "../../domain/session/unlink.ts";

/**
 * Has the socket hosts unlink every session of a tenant and erase its keys, which nobody else may touch. Answers how
 * many sessions there still are. Nobody is rung for: a host looks into its sessions' outboxes every 15 seconds.
 */
export async function unlinkSessions(
  db: Db<"sessions" | "outbox" | "events">,
  tenantId: string,
  now: Now,
): Promise<number> {
  let left = 0;
  for await (const rows of sessionRowsOf(db, tenantId)) {
    left += rows.length;
    for (const row of rows) {
      const session = Session.parse(row);
      if (session.status !== "stopped") await unlinkSession(db, session, false, now());
    }
  }
  return left;
}
