import type { Db } from "../domain/dynamodb/db.ts";
import { Jid, type Person } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { MessageError } from "../domain/message/message.ts";
import type { ChangeRow } from "../domain/outbox/outbox.ts";
import { removeOutboxRow } from "../domain/outbox/store.ts";
import type { Hold } from "./hold.ts";
import { persist } from "./persist.ts";
import type { SessionLedger } from "./session-ledger.ts";

interface Ending {
  readonly db: Db<"outbox">;
  readonly ledger: SessionLedger;
  readonly hold: Hold;
  readonly log: Log;
  readonly random: () => number;
}

/** What is written of a change that failed: why, on the message, with its event and the end of its row. */
export function failChange(ending: Ending, row: ChangeRow, failed: MessageError): Promise<void> {
  return endChange(ending, row, { by: null, failed });
}

/** Writes what became of a change that was asked for, and ends its row. */
export function endChange(
  { db, ledger, hold, log, random }: Ending,
  row: ChangeRow,
  end: { by: Person | null; failed?: MessageError },
): Promise<void> {
  const { tenantId, sessionId, messageId: id, change, waMessageId } = row;
  const cause = end.failed === undefined ? [waMessageId] : [waMessageId, "failed"];
  return persist(
    "message changed",
    async () => {
      const ref = { tenantId, sessionId, chatKey: Jid.parse(row.chatKey), id };
      const done = await ledger.change(ref, { change, cause, endsRow: row, ...end });
      if (!done) await removeOutboxRow(db, row);
    },
    { signal: hold.signal, log, random },
  );
}
