import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import type { OutboxRow } from "../outbox/outbox.ts";
import { putOutboxRow } from "../outbox/store.ts";
import type { SessionRef } from "./session.ts";

/** Asks the session's owner to do something to its connection. Answers false where the session is being deleted, or is gone. */
export async function requestControl(
  db: Db<"sessions" | "outbox">,
  session: SessionRef,
  row: Extract<OutboxRow, { type: "session.restart" | "session.passkey" | "session.passkey_confirm" }>,
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
