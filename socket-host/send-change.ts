import { isGroup, Jid } from "../domain/jid.ts";
import { isMeaningless } from "../domain/message/change.ts";
import { changePayload, keepChangePayload } from "../domain/message/change-store.ts";
import type { MessageError, StoredMessage } from "../domain/message/message.ts";
import { personOfSession } from "../domain/message/outgoing.ts";
import { findMessage } from "../domain/message/store.ts";
import { unreadUpTo } from "../domain/message/unread.ts";
import type { ChangeRow } from "../domain/outbox/outbox.ts";
import { removeOutboxRow } from "../domain/outbox/store.ts";
import type { AckOutcome } from "./acks.ts";
import { endChange, failChange } from "./end-change.ts";
import { attemptsMax, expired, gaveUp, notInGroup, refusedWith } from "./failures.ts";
import { LeaseLost } from "./hold.ts";
import type { LiveSocket } from "./live-socket.ts";
import { isExpired, postponeRow, type Sending } from "./send-message.ts";
import { GroupUnavailable, SocketClosed } from "./whatsapp-port.ts";
import { writeAndHear } from "./write-and-hear.ts";

/**
 * Carries out one change that a customer asked for: a message of WhatsApp's own under its fixed id, or a read receipt,
 * which nobody acknowledges. The message it is about changes once WhatsApp has it. A change that WhatsApp refuses or that
 * does not go through in `attemptsMax` tries or 24 hours is given up: the message says so, and is otherwise as it was.
 * One that has become pointless just goes.
 */
export async function sendChange(sending: Sending, row: ChangeRow, live: LiveSocket): Promise<void> {
  const target = await findMessage(sending.db, refOf(row));
  if (target === undefined || isPointless(row, target)) return removeOutboxRow(sending.db, row);
  if (isExpired(row, sending.now())) return giveUp(sending, row, expired);
  let result: AckOutcome;
  try {
    result = await carryOut(sending, row, target, live);
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    if (error instanceof GroupUnavailable) return giveUp(sending, row, notInGroup(error.code));
    const wasLost = error instanceof SocketClosed || live.gone.aborted;
    if (wasLost && !sending.tries.lost(row)) throw error;
    return postpone(sending, row, error);
  }
  sending.log.info("change sent to whatsapp", { messageId: row.messageId, change: row.change.kind, ...result });
  if (result.outcome === "acked") return markDone(sending, row);
  if (result.outcome === "nacked") return giveUp(sending, row, refusedWith(result.code));
  if (result.outcome === "lost" && !sending.tries.lost(row)) return;
  return postpone(sending, row, undefined);
}

const refOf = (row: ChangeRow) => ({
  tenantId: row.tenantId,
  sessionId: row.sessionId,
  chatKey: Jid.parse(row.chatKey),
  id: row.messageId,
});

function isPointless(row: ChangeRow, target: StoredMessage): boolean {
  return target.status === "failed" || isMeaningless(target, row.change);
}

async function carryOut(
  sending: Sending,
  row: ChangeRow,
  message: StoredMessage,
  live: LiveSocket,
): Promise<AckOutcome> {
  const { change, waMessageId } = row;
  const to = await sending.resolve(row.to, live.socket);
  const target = targetIn(to, message);
  if (change.kind === "read") return markRead(sending, row, message, live);
  const kept = await changePayload(sending.db, sending.ledger.ref, waMessageId);
  const encode = () => live.socket.encodeChange({ to, target, change, atMs: sending.now() });
  const payload = kept ?? (await keepChangePayload(sending.db, message, waMessageId, await encode()));
  return writeAndHear(sending, { to, waMessageId, payload, again: kept !== undefined }, live);
}

/** Reads a message and all unread before it, as a person does who opens the chat; the row then ends with the last one. */
async function markRead(
  { db, hold, ledger }: Sending,
  { to }: ChangeRow,
  message: StoredMessage,
  live: LiveSocket,
): Promise<AckOutcome> {
  const unread = await unreadUpTo(db, message);
  hold.check();
  await live.socket.markRead(
    to,
    unread.map(each => targetIn(to, each)),
  );
  for (const earlier of unread.filter(({ id }) => id !== message.id)) {
    await ledger.change(earlier, { change: { kind: "read" }, by: null, cause: ["read with a later one"] });
  }
  return { outcome: "acked" };
}

function targetIn(to: Jid, { direction, from, waMessageId }: StoredMessage) {
  const fromMe = direction === "outbound";
  const author = isGroup(to) && !fromMe ? Jid.safeParse(from?.lid ?? from?.id).data : undefined;
  return { waMessageId, fromMe, participant: author ?? null };
}

async function markDone(sending: Sending, row: ChangeRow): Promise<void> {
  const session = await sending.ledger.session();
  await endChange(sending, row, { by: session === undefined ? null : personOfSession(session) });
}

function giveUp(sending: Sending, row: ChangeRow, failed: MessageError): Promise<void> {
  sending.log.info("change given up", { messageId: row.messageId, change: row.change.kind, errorCode: failed.code });
  return failChange(sending, row, failed);
}

async function postpone(sending: Sending, row: ChangeRow, error: unknown): Promise<void> {
  const attempts = row.attempts + 1;
  sending.log.warn("change not sent, it will be tried again", { messageId: row.messageId, attempts, error });
  if (attempts >= attemptsMax) return giveUp(sending, row, gaveUp(error));
  await postponeRow(sending, row);
}
