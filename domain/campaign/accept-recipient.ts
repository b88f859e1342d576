import type { Chat } from "../chat/chat.ts";
import { seenInChat } from "../chat/chat-row.ts";
import { wantsMessages } from "../contact/opt-out.ts";
import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { type TransactItem, transact } from "../dynamodb/transaction.ts";
import { type EventRow, eventRow, sessionEvent } from "../event/log.ts";
import type { Jid } from "../jid.ts";
import { publicMessage, type StoredMessage } from "../message/message.ts";
import { acceptanceOf } from "../message/store.ts";
import { newOutboxRow } from "../outbox/store.ts";
import { nextSequence } from "../session/sequence.ts";
import type { Session } from "../session/session.ts";
import { noteCampaignChat } from "./campaign-chat.ts";
import { countFirstContact } from "./first-contacts.ts";
import { type PaceRow, paceStep } from "./pace-row.ts";
import type { SkipReason, StoredRecipient } from "./recipient.ts";
import { recipientStepItems } from "./recipient-item.ts";
import { recipientMessage } from "./recipient-message.ts";
import type { CampaignWithContent } from "./store.ts";

type AcceptingDb = Db<
  "paces" | "campaigns" | "campaign_recipients" | "sessions" | "messages" | "chats" | "contacts" | "outbox" | "events"
>;

/** A recipient whose turn it is. */
export interface Turn {
  readonly session: Session;
  readonly held: CampaignWithContent;
  readonly recipient: StoredRecipient;
  readonly jid: Jid;
  readonly chat: Chat;
  /** How many first contacts the day allows, where this is one; undefined where it is none. */
  readonly firstContactsMax: number | undefined;
  readonly nowMs: number;
}

/**
 * What came of a turn: `accepted`; or nothing was written because another pacer took the step (`overtaken`), the campaign
 * does not run any more (`stopped`), the recipient was moved by somebody else (`moved`), the person opted out
 * (`opted_out`) or has had the campaign under another name (`duplicate`), or the day has no room for first contacts (`full`).
 */
export type TurnOutcome =
  | { readonly outcome: "accepted"; readonly message: StoredMessage; readonly event: EventRow }
  | { readonly outcome: "overtaken" | "stopped" | "moved" | "opted_out" | "duplicate" | "full" };

/**
 * Accepts a recipient's message as `POST /api/messages/send` would, in one transaction with all that makes it happen
 * once: the step of the session's pace (`after` is the row as it is to be), the recipient, the counts, the chat.
 */
export async function acceptRecipient(
  db: AcceptingDb,
  turn: Turn,
  after: (message: StoredMessage) => PaceRow,
): Promise<TurnOutcome> {
  const { session, nowMs } = turn;
  const message = recipientMessage(session, turn.held, turn, nowMs);
  const sequence = await nextSequence(db, session);
  const queued = { type: "message.queued", cause: [message.id], data: publicMessage(message) } as const;
  const event = eventRow(sessionEvent(session, sequence, queued, nowMs), nowMs);
  const parts = partsOf(db, turn, { message, sequence, event, pace: after(message) });
  try {
    await transact(
      db,
      parts.map(({ item }) => item),
    );
    return { outcome: "accepted", message, event };
  } catch (error) {
    const failed = failedConditions(error);
    const why = parts.find((part, position) => part.refusal !== undefined && failed?.includes(position));
    if (why?.refusal === undefined) throw error;
    return { outcome: why.refusal };
  }
}

type Refusal = Exclude<TurnOutcome["outcome"], "accepted">;
/** An item of the transaction, and what it means where its condition fails. */
interface Part {
  readonly item: TransactItem;
  readonly refusal?: Refusal;
}

function partsOf(
  db: AcceptingDb,
  { session, held: { campaign }, recipient, jid, chat, firstContactsMax, nowMs }: Turn,
  made: { message: StoredMessage; sequence: number; event: EventRow; pace: PaceRow },
): Part[] {
  const { message, sequence, event, pace } = made;
  const { id: messageId, chatKey, waMessageId, createdAt } = message;
  const row = newOutboxRow(session, "low", sequence, createdAt);
  const send = {
    ...row,
    type: "message.send",
    messageId,
    chatKey,
    to: jid,
    waMessageId,
    campaignId: campaign.id,
  } as const;
  const fields = { messageId, queuedAt: createdAt };
  const [counts, step, ...claim] = recipientStepItems(db, { recipient, status: "queued", fields, whileRunning: true });
  const paced = { tenantId: session.tenantId, sessionId: session.id };
  const noted = { campaignId: campaign.id, position: recipient.position, atMs: nowMs };
  const consent = wantsMessages(db, session.tenantId, chat);
  return [
    { item: paceStep(db, pace, true), refusal: "overtaken" },
    ...(counts === undefined ? [] : [{ item: counts, refusal: "stopped" } as const]),
    ...(step === undefined ? [] : [{ item: step, refusal: "moved" } as const]),
    ...consent.map(item => ({ item, refusal: "opted_out" }) as const),
    ...(firstContactsMax === undefined
      ? []
      : [{ item: countFirstContact(db, paced, firstContactsMax, nowMs), refusal: "full" } as const]),
    ...[...claim, ...acceptanceOf(db, { message, row: send, event }), seenInChat(db, message)].map(item => ({ item })),
    ...noteCampaignChat(db, paced, chat, noted).map(item => ({ item, refusal: "duplicate" as const })),
  ];
}

/** Ends a recipient whose turn came without a message, while the campaign runs. Somebody else's word on it counts first. */
export async function skipRecipient(
  db: Db<"campaigns" | "campaign_recipients">,
  recipient: StoredRecipient,
  reason: SkipReason,
): Promise<void> {
  try {
    await transact(
      db,
      recipientStepItems(db, { recipient, status: "skipped", fields: { reason }, whileRunning: true }),
    );
  } catch (error) {
    if (failedConditions(error) === undefined) throw error;
  }
}
