import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import type { OutboxRow } from "../outbox/outbox.ts";
import { putOutboxRow } from "../outbox/store.ts";
import { Session, type SessionRef, wantsConnection } from "./session.ts";
import { findSession } from "./store.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
type SettingsChange = Partial<Pick<Session, "name" | "metadata" | "limits" | "proxy">>;

/** Changes what the customer may set. Answers the session as it is then, or undefined where it is gone. */
export async function updateSessionSettings(
  db: Db<"sessions">,
  session: Owner,
  settings: SettingsChange,
): Promise<Session | undefined> {
  if (givenOf(settings).length === 0) return findSession(db, session.tenantId, session.id);
  try {
    const update = new UpdateCommand({ ...settingsUpdate(db, session, settings), ReturnValues: "ALL_NEW" });
    return Session.parse((await db.client.send(update)).Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}

/**
 * Changes settings that only a new connection takes up, and asks for that one in the same transaction: a crash in
 * between cannot leave a session on its old proxy. One that only a restart brings back is not woken by this. Answers
 * undefined where it is gone.
 */
export async function changeConnection(
  db: Db<"sessions" | "outbox">,
  session: SessionRef & Pick<Session, "status">,
  settings: SettingsChange,
  row: Extract<OutboxRow, { type: "session.restart" }>,
): Promise<Session | undefined> {
  const asks = wantsConnection(session) ? [putOutboxRow(db, row)] : [];
  const isChanged = await transactIf(db, [{ Update: settingsUpdate(db, session, settings) }, ...asks]);
  return isChanged ? findSession(db, session.tenantId, session.id) : undefined;
}

const givenOf = (settings: SettingsChange) => Object.entries(settings).filter(([, value]) => value !== undefined);

/** The update that changes settings of a session that is still there; at least one must be given. */
function settingsUpdate(db: Db<"sessions">, session: Owner, settings: SettingsChange) {
  const given = givenOf(settings);
  return {
    TableName: db.table.sessions,
    Key: { pk: session.tenantId, sk: session.id },
    UpdateExpression: `SET ${given.map(([name]) => `#${name} = :${name}`).join(", ")}`,
    ConditionExpression: "attribute_exists(pk)",
    ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
  };
}
