import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
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
  const isChanged = await transactIf(db, [{ Update: settingsUpdate(db, session, settings) }, ...asks]);
  return isChanged ? findSession(db, session.tenantId, session.id) : undefined;
}
