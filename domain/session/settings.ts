import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transact } from "../dynamodb/transaction.ts";
import type { OutboxRow } from "../outbox/outbox.ts";
import { putOutboxRow } from "../outbox/store.ts";
import { type Session, type SessionRef, wantsConnection } from "./session.ts";
import { findSession, settingsUpdate } from "./store.ts";

/**
 * Changes settings that only a new connection takes up, and asks for that one in the same transaction: a crash in
 * between cannot leave a session on its old proxy. One that only a restart brings back is not woken by this. Answers
 * undefined where it is gone.
 */
export async function changeConnection(
  db: Db<"sessions" | "outbox">,
  session: SessionRef & Pick<Session, "status">,
  settings: Partial<Pick<Session, "name" | "metadata" | "limits" | "proxy">>,
  row: Extract<OutboxRow, { type: "session.restart" }>,
): Promise<Session | undefined> {
  const asks = wantsConnection(session) ? [putOutboxRow(db, row)] : [];
  try {
    await transact(db, [{ Update: settingsUpdate(db, session, settings) }, ...asks]);
  } catch (error) {
    if (failedConditions(error)?.includes(0)) return undefined;
    throw error;
  }
  return findSession(db, session.tenantId, session.id);
}
