import type { Db } from "../domain/dynamodb/db.ts";
import type { Lane, MessageRow, OutboxRow } from "../domain/outbox/outbox.ts";
import { outboxHead } from "../domain/outbox/store.ts";
import type { SessionRef } from "../domain/session/session.ts";

const pageSize = 25;
/** How far behind waiting rows others are looked for: a thousand rows a lane. */
const pagesMax = 40;
const messageLanes = ["high", "normal", "low"] as const satisfies readonly Lane[];

export interface PickOptions {
  /** The chats that have a message under way. */
  readonly busy: ReadonlySet<string>;
  readonly count: number;
  readonly nowIso: string;
  readonly isCampaignBusy: boolean;
  /** Whether a row's time, where it has not come yet, is to be waited for. */
  isWaiting(row: MessageRow): boolean;
}

/**
 * The next messages to send, at most `count`: lane by lane, so that a high one overtakes whatever waits, and in the
 * order of acceptance within a chat and lane. A chat that is `busy` (a message of its is in flight) waits, and a
 * message that may not be tried yet holds back the later ones of its own chat and lane, nobody else. Of campaigns one
 * message is under way at a time, so that what is interactive never waits for more than one of them.
 */
export async function nextToSend(db: Db<"outbox">, session: SessionRef, options: PickOptions): Promise<MessageRow[]> {
  const picked: MessageRow[] = [];
  const busy = new Set(options.busy);
  let { isCampaignBusy } = options;
  for (const lane of messageLanes) {
    const waiting = new Set<string>();
    for await (const row of rowsOf(db, session, lane)) {
      if (picked.length >= options.count) return picked;
      const isEarly = row.notBefore !== null && row.notBefore > options.nowIso;
      if (isEarly && options.isWaiting(row)) waiting.add(row.chatKey);
      if (waiting.has(row.chatKey) || busy.has(row.chatKey)) continue;
      if (isOfCampaign(row)) {
        if (isCampaignBusy) continue;
        isCampaignBusy = true;
      }
      busy.add(row.chatKey);
      picked.push(row);
    }
  }
  return picked;
}

/** All messages that wait in a session's outbox, oldest first within each lane; rows may be removed on the way. */
export async function* queuedMessages(db: Db<"outbox">, session: SessionRef): AsyncGenerator<MessageRow> {
  for (const lane of messageLanes) yield* rowsOf(db, session, lane, Number.POSITIVE_INFINITY);
}

/** The oldest message of each lane: what tells whether anything has waited too long. */
export async function oldestMessages(db: Db<"outbox">, session: SessionRef, limit: number): Promise<MessageRow[]> {
  const heads = await Promise.all(messageLanes.map(lane => outboxHead(db, session, lane, limit)));
  return heads.flat().filter(isMessage);
}

async function* rowsOf(
  db: Db<"outbox">,
  session: SessionRef,
  lane: Lane,
  pages = pagesMax,
): AsyncGenerator<MessageRow> {
  let after: string | undefined;
  for (let page = 0; page < pages; page++) {
    const rows = await outboxHead(db, session, lane, pageSize, after);
    yield* rows.filter(isMessage);
    after = rows.at(-1)?.key;
    if (rows.length < pageSize) return;
  }
}

/** Whether a campaign sends it. */
export const isOfCampaign = (row: MessageRow) => row.type === "message.send" && row.campaignId !== undefined;

const isMessage = (row: OutboxRow): row is MessageRow => row.type === "message.send" || row.type === "message.change";
