import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import type { OutboxRow } from "../outbox/outbox.ts";
import { putOutboxRow } from "../outbox/store.ts";
import type { SessionRef } from "./session.ts";

/** Asks the session's owner for a new connection. Answers false where the session is being deleted, or is gone. */
export async function requestRestart(
  db: Db<"sessions" | "outbox">,
  session: SessionRef,
  row: Extract<OutboxRow, { type: "session.restart" }>,
): Promise<boolean> {
  const stands = {
    ConditionCheck: {
      TableName: db.table.sessions,
      Key: { pk: session.tenantId, sk: session.id },
      ConditionExpression: "attribute_exists(pk) AND #status <> :stopped",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: { ":stopped": "stopped" },
    },
  };
  return transactIf(db, [stands, putOutboxRow(db, row)]);
}
