import { chatOf } from "../domain/chat/chat.ts";
import { isoTime } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { isLid, personOf } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { Hold } from "./hold.ts";
import { persist } from "./persist.ts";
import type { SessionLedger } from "./session-ledger.ts";
import type { SeenCall } from "./whatsapp-port.ts";

export interface CallsOptions {
  readonly db: Db<"chats">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  readonly random: () => number;
  readonly log: Log;
}

/** Writes that somebody calls, or that a call is over. Rejects where it is not written and will not be under this hold. */
export function takeCall(options: CallsOptions, call: SeenCall, gone: AbortSignal): Promise<void> {
  const { db, hold, ledger, log, random } = options;
  const work = async () => {
    hold.check();
    const { id } = await chatOf(db, ledger.ref, call.fromLid ?? call.from);
    // The number, from whichever knows it: what WhatsApp said now, or the chat.
    const jid = isLid(call.from) ? id : call.from;
    const lid = call.fromLid ?? (isLid(call.from) ? call.from : undefined);
    const from = personOf({ jid, lid, name: call.pushName ?? undefined });
    const { callId, status, kind, group: groupId } = call;
    const told = await ledger.call({ callId, status, kind, from, groupId, at: isoTime(call.atMs) });
    log.info("call seen", { status, kind, inGroup: groupId !== null, repeated: !told });
  };
  return persist("call", work, { signal: AbortSignal.any([gone, hold.signal]), log, random });
}
