import { hasHadCampaign } from "../domain/campaign/campaign-chat.ts";
import { isoTime, type Now } from "../domain/clock.ts";
import { isConditionFailed } from "../domain/dynamodb/condition.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { Jid, personOf } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { MessageError, MessageRef, StoredMessage } from "../domain/message/message.ts";
import { findMessage, keepPayload, redirectMessage } from "../domain/message/store.ts";
import type { MessageRow, MessageSend } from "../domain/outbox/outbox.ts";
import { delayOutboxRow, postponeOutboxRow, removeOutboxRow } from "../domain/outbox/store.ts";
import type { AckOutcome, Acks } from "./acks.ts";
import { type BackoffRange, backoffMs } from "./backoff.ts";
import { failChange } from "./end-change.ts";
import {
  attemptsMax,
  duplicate,
  errorOf,
  expired,
  gaveUp,
  notInGroup,
  notOnWhatsApp,
  refusedWith,
  restrictedCode,
} from "./failures.ts";
import { type Hold, LeaseLost } from "./hold.ts";
import type { LiveSocket } from "./live-socket.ts";
import type { MediaFiles } from "./media-files.ts";
import { encodeMediaAndKeep, MediaRefused, markMediaFailed, type UploadedFile } from "./outbound-media.ts";
import { outgoingTextOf } from "./outgoing-text.ts";
import { persist } from "./persist.ts";
import type { RecentUploads } from "./recent-uploads.ts";
import type { Restriction } from "./restriction.ts";
import type { SessionLedger } from "./session-ledger.ts";
import type { Tries } from "./tries.ts";
import { GroupUnavailable, NotOnWhatsApp, SocketClosed, type WhatsAppSocket } from "./whatsapp-port.ts";
import { writeAndHear } from "./write-and-hear.ts";

export const expiresAfterMs = 24 * 3_600_000;
export const attemptBackoff: BackoffRange = { baseMs: 1_000, capMs: 300_000 };

export interface Sending {
  readonly db: Db<"messages" | "outbox" | "chats" | "paces">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  readonly acks: Acks;
  readonly files: MediaFiles;
  readonly uploads: RecentUploads<UploadedFile>;
  readonly tries: Tries;
  readonly noteChat: (chatKey: StoredMessage["chatKey"]) => Promise<void>;
  /** Whom WhatsApp knows by what a customer wrote to; throws NotOnWhatsApp where it is nobody. */
  readonly resolve: (to: Jid, socket: WhatsAppSocket) => Promise<Jid>;
  readonly restriction: Restriction;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
}

/**
 * Sends one message of the outbox: kept payload first, then the wire, then WhatsApp's word, then the status with the
 * end of its row in one transaction. Whatever fails on the way leaves the row, under the same WhatsApp id, for the
 * next try; after `attemptsMax` tries the message fails alone. Throws only what is not about this message: the lease
 * is lost, the socket has ended, or the database cannot be reached.
 */
export async function sendMessage(sending: Sending, row: MessageSend, live: LiveSocket): Promise<void> {
  let message = await stillQueued(sending, row);
  if (message === undefined) return;
  if (isExpired(row, sending.now())) return failMessage(sending, row, message, expired);
  const notBefore = await sending.restriction.waitOf(message);
  if (notBefore !== undefined) return holdBack(sending, row, notBefore);
  const startedAtMs = sending.now();
  let result: AckOutcome;
  try {
    await sending.noteChat(message.chatKey);
    const to = await sending.resolve(row.to, live.socket);
    if (to !== row.to && message.chatId !== to) message = await redirected(sending, message, to);
    const again = message.payload !== undefined;
    if (!again && (await isDuplicate(sending, { ...row, to }, message, live.socket))) {
      return failMessage(sending, row, message, duplicate);
    }
    if (!again) message = await encodeAndKeep(sending, { ...row, to }, message, live.socket);
    result = await transmit(sending, { ...row, to }, message, { ...live, again });
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    if (error instanceof MediaRefused) return failMedia(sending, row, message, error);
    if (error instanceof NotOnWhatsApp) return failMessage(sending, row, message, notOnWhatsApp);
    if (error instanceof GroupUnavailable) return failMessage(sending, row, message, notInGroup(error.code));
    const wasLost = error instanceof SocketClosed || live.gone.aborted;
    if (wasLost && !sending.tries.lost(row)) throw error;
    return postpone(sending, row, message, error);
  }
  const latencyMs = sending.now() - startedAtMs;
  sending.log.info("message sent to whatsapp", {
    messageId: row.messageId,
    attempt: row.attempts + 1,
    latencyMs,
    waitedMs: sending.now() - Date.parse(row.acceptedAt),
    ...result,
  });
  await settle(sending, row, message, result);
}

/**
 * Whether a campaign's message is for somebody who has had it under another name. Only who sends can know: WhatsApp tells
 * that a number and a LID are one person when the number is first written to.
 */
async function isDuplicate(
  { db }: Sending,
  row: MessageSend,
  { chatKey }: StoredMessage,
  socket: WhatsAppSocket,
): Promise<boolean> {
  if (row.campaignId === undefined) return false;
  const other = await socket.otherName(row.to);
  if (other === null) return false;
  const recipient = { campaignId: row.campaignId, waMessageId: row.waMessageId };
  return hasHadCampaign(db, row, recipient, [row.to, chatKey, other]);
}

/** The customer's spelling of a number was not the account's: from here on the message shows that one. */
function redirected({ db }: Sending, message: StoredMessage, to: Jid): Promise<StoredMessage> {
  const person = personOf({ jid: to, lid: Jid.safeParse(message.to?.lid).data, name: message.to?.name ?? undefined });
  return redirectMessage(db, message, { chatId: to, to: person });
}

/** The message of a row, or undefined where nothing is left to do for it; its row is gone then. */
async function stillQueued(sending: Sending, row: MessageSend): Promise<StoredMessage | undefined> {
  const message = await findMessage(sending.db, refOf(row));
  if (message?.status === "queued") return message;
  // A crash between a receipt and the end of the row, or a message erased by its session's end.
  await removeOutboxRow(sending.db, row);
  return undefined;
}

const refOf = (row: MessageSend): MessageRef => ({
  tenantId: row.tenantId,
  sessionId: row.sessionId,
  chatKey: Jid.parse(row.chatKey),
  id: row.messageId,
});

export function isExpired(row: Pick<MessageRow, "acceptedAt">, nowMs: number): boolean {
  return nowMs - Date.parse(row.acceptedAt) >= expiresAfterMs;
}

async function transmit(
  sending: Sending,
  row: MessageSend,
  message: StoredMessage,
  live: LiveSocket & { readonly again: boolean },
): Promise<AckOutcome> {
  const { payload } = message;
  if (payload === undefined) throw new Error("a message was to be sent before it was encoded");
  return writeAndHear(sending, { to: row.to, waMessageId: row.waMessageId, payload, again: live.again }, live);
}

/** Answers the message with the payload that counts: the one kept first. */
async function encodeAndKeep(
  sending: Sending,
  row: MessageSend,
  message: StoredMessage,
  socket: WhatsAppSocket,
): Promise<StoredMessage> {
  if (message.media !== null) return encodeMediaAndKeep(sending, row, message, socket);
  const encoded = await socket.encodeText(await outgoingTextOf(sending.db, message, row.to));
  sending.hold.check();
  return { ...message, payload: new Uint8Array(await keepPayload(sending.db, refOf(row), encoded)) };
}

/** A message whose file cannot be had or sent; its file is not waited for any more. */
async function failMedia(sending: Sending, row: MessageSend, message: StoredMessage, error: MediaRefused) {
  sending.log.info("file of a message refused", { messageId: row.messageId, error });
  await failMessage(sending, row, await markMediaFailed(sending, message), errorOf(error.code, error.message));
}

async function settle(sending: Sending, row: MessageSend, message: StoredMessage, result: AckOutcome): Promise<void> {
  switch (result.outcome) {
    case "acked":
      return markSent(sending, row, message);
    case "nacked":
      return refused(sending, row, message, result.code);
    case "silent":
      return postpone(sending, row, message, new NoAck("WhatsApp did not acknowledge the message in time"));
    case "lost":
      // The next connection begins with it: its row is as it was.
      if (!sending.tries.lost(row)) return;
      return postpone(sending, row, message, new NoAck("the connection was lost before WhatsApp acknowledged"));
    default:
      return result satisfies never;
  }
}

/** WhatsApp has it. Written until it is: a row that stays would send the message a second time. */
async function markSent(sending: Sending, row: MessageSend, message: StoredMessage): Promise<void> {
  const { ledger, hold, log, random } = sending;
  await persist(
    "message sent",
    async () => {
      const moved = await ledger.advance(message, "sent", { type: "message.sent", endsRow: row });
      if (!moved) await removeOutboxRow(sending.db, row);
    },
    { signal: hold.signal, log, random },
  );
}

/** What the account may not write for now waits until it may; any other refusal is of this message alone. */
async function refused(sending: Sending, row: MessageSend, message: StoredMessage, code: string): Promise<void> {
  const notBefore = code === restrictedCode ? await sending.restriction.waitOf(message) : undefined;
  if (notBefore !== undefined) return holdBack(sending, row, notBefore);
  await failMessage(sending, row, message, refusedWith(code));
}

/** Ends a queued message as failed, with its event and its row. */
async function failMessage(
  sending: Pick<Sending, "ledger" | "hold" | "log" | "random" | "db">,
  row: MessageSend,
  message: StoredMessage,
  error: MessageError,
): Promise<void> {
  const { ledger, hold, log, random } = sending;
  await persist(
    "message failed",
    async () => {
      const moved = await ledger.advance(message, "failed", { type: "message.failed", error, endsRow: row });
      if (!moved) await removeOutboxRow(sending.db, row);
    },
    { signal: hold.signal, log, random },
  );
  log.info("message failed", { messageId: row.messageId, errorCode: error.code, detail: error.detail });
}

/** Fails a row's message, if it still waits, or what was to be changed of it; else the row alone goes. */
export async function failRow(
  sending: Pick<Sending, "ledger" | "hold" | "log" | "random" | "db">,
  row: MessageRow,
  error: MessageError,
): Promise<void> {
  if (row.type === "message.change") return failChange(sending, row, error);
  const message = await findMessage(sending.db, refOf(row));
  if (message?.status === "queued") return failMessage(sending, row, message, error);
  await removeOutboxRow(sending.db, row);
}

async function postpone(sending: Sending, row: MessageSend, message: StoredMessage, error: unknown): Promise<void> {
  const attempts = row.attempts + 1;
  sending.log.warn("message not sent, it will be tried again", { messageId: row.messageId, attempts, error });
  if (attempts >= attemptsMax) return failMessage(sending, row, message, gaveUp(error));
  await postponeRow(sending, row);
}

/** Counts a try, and begins the wait for the next one. */
export async function postponeRow(sending: Sending, row: MessageRow): Promise<void> {
  const { now, random, hold, tries, db } = sending;
  const notBefore = isoTime(now() + backoffMs(row.attempts + 1, attemptBackoff, random));
  hold.check();
  tries.postponed(row);
  // Where it is gone, a receipt overtook the ack and ended it.
  await unlessGone(postponeOutboxRow(db, row, notBefore));
}

/** Has a message wait, which is no try of it. */
async function holdBack({ db, hold, tries, log }: Sending, row: MessageSend, notBefore: string): Promise<void> {
  log.info("message held back while the session is restricted", { messageId: row.messageId, notBefore });
  hold.check();
  tries.postponed(row);
  await unlessGone(delayOutboxRow(db, row, notBefore));
}

async function unlessGone(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}

/** WhatsApp's word on a message did not come. */
class NoAck extends Error {
  override readonly name = "NoAck";
  readonly code = "no_ack";
}
