import type { Db } from "../domain/dynamodb/db.ts";
import { type Lane, laneOf, type MessageRow, type OutboxRow } from "../domain/outbox/outbox.ts";
import { outboxHead, outboxRows } from "../domain/outbox/store.ts";
import type { SessionRef } from "../domain/session/session.ts";

const pageSize = 25;
/** How far behind waiting rows others are looked for: a thousand rows a lane. */
const pagesMax = 40;
const laneBehind: Partial<Record<Lane, Lane>> = { high: "normal", normal: "low" };
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

export interface Picks {
  readonly rows: MessageRow[];
  /** Whether nothing else waits: what is accepted later rings. */
  readonly isAll: boolean;
}

/**
 * The next messages to send, at most `count`: lane by lane, so that a high one overtakes whatever waits, and in the
 * order of acceptance within a chat and lane. A chat that is `busy` (a message of its is in flight) waits, and a
 * message that may not be tried yet holds back the later ones of its own chat and lane, nobody else. Of campaigns one
 * message is under way at a time, so that what is interactive never waits for more than one of them.
 */
export async function nextToSend(db: Db<"outbox">, session: SessionRef, options: PickOptions): Promise<Picks> {
  const rows: MessageRow[] = [];
  const busy = new Set(options.busy);
  const waiting = new Set<string>();
  let { isCampaignBusy } = options;
  let seen = 0;
  for await (const row of messagesOf(db, session, pagesMax)) {
    seen++;
    if (rows.length >= options.count) break;
    const chatInLane = `${laneOf(row.key)} ${row.chatKey}`;
    const isEarly = row.notBefore !== null && row.notBefore > options.nowIso;
    if (isEarly && options.isWaiting(row)) waiting.add(chatInLane);
    if (waiting.has(chatInLane) || busy.has(row.chatKey)) continue;
    if (isOfCampaign(row)) {
      if (isCampaignBusy) continue;
      isCampaignBusy = true;
    }
    busy.add(row.chatKey);
    rows.push(row);
  }
  return { rows, isAll: seen === rows.length };
}

/** All messages that wait in a session's outbox, oldest first within each lane; rows may be removed on the way. */
export function queuedMessages(db: Db<"outbox">, session: SessionRef): AsyncGenerator<MessageRow> {
  return messagesOf(db, session, Number.POSITIVE_INFINITY);
}

/** The oldest message of each lane: what tells whether anything has waited too long. */
export async function oldestMessages(db: Db<"outbox">, session: SessionRef, limit: number): Promise<MessageRow[]> {
  const heads = await Promise.all(messageLanes.map(lane => outboxHead(db, session, lane, limit)));
  return heads.flat().filter(isMessage);
}

/**
 * Which kinds of work wait in a session's outbox, by one read of its head. Where the page is full of what comes first,
 * there may be anything behind it.
 */
export async function waitingWork(db: Db<"outbox">, session: SessionRef) {
  const rows = await outboxRows(db, session, { from: "control", to: "media" }, pageSize);
  const lanes = new Set(rows.map(row => laneOf(row.key)));
  const isFull = rows.length === pageSize;
  return {
    control: lanes.has("control"),
    messages: isFull || messageLanes.some(lane => lanes.has(lane)),
    media: isFull || lanes.has("media"),
  };
}

/** The messages of all lanes, read over the bounds between them: most often one read shows all there is. */
async function* messagesOf(db: Db<"outbox">, session: SessionRef, pagesOfLane: number): AsyncGenerator<MessageRow> {
  let from: Lane | undefined = "high";
  let after: string | undefined;
  let pages = 0;
  while (from !== undefined) {
    const rows: OutboxRow[] = await outboxRows(db, session, { from, to: "low", after }, pageSize);
    yield* rows.filter(isMessage);
    after = rows.at(-1)?.key;
    if (after === undefined || rows.length < pageSize) return;
    const lane = laneOf(after);
    pages = lane === from ? pages + 1 : 1;
    from = lane;
    if (pages < pagesOfLane) continue;
    from = laneBehind[lane];
    after = undefined;
    pages = 0;
  }
}

/** Whether a campaign sends it. */
export const isOfCampaign = (row: MessageRow) => row.type === "message.send" && row.campaignId !== undefined;

const isMessage = (row: OutboxRow): row is MessageRow => row.type === "message.send" || row.type === "message.change";
