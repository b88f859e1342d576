import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transact } from "../dynamodb/transaction.ts";
import type { Id } from "../id.ts";
import type { MessageError, MessageStatus } from "../message/message.ts";
import { type RecipientStatus, recipientStatusesBefore, type StoredRecipient } from "./recipient.ts";
import { recipientStepItems } from "./recipient-item.ts";
import { recipientOfMessage } from "./recipient-store.ts";

/** What a campaign is told of one of its messages. */
export interface MessageNews {
  readonly tenantId: Id<"ten">;
  readonly campaignId: Id<"cmp">;
  readonly id: Id<"msg">;
  readonly status: MessageStatus;
  readonly error: MessageError | null;
  readonly updatedAt: string;
}

const triesMax = 8;

/**
 * Moves the recipient of a campaign's message to where the message is, with the campaign's counts: forward only, and
 * once however often it is said. Answers the status it had before; undefined, having written nothing, where the message
 * is no recipient's or nothing new is said.
 */
export async function advanceRecipient(
  db: Db<"campaigns" | "campaign_recipients">,
  news: MessageNews,
): Promise<RecipientStatus | undefined> {
  // Whom the socket host found to have had it under another name is skipped, as if that had been known before.
  const isDuplicate = news.status === "failed" && news.error?.code === "duplicate";
  const status = isDuplicate ? "skipped" : recipientStatusOf(news.status);
  if (status === undefined) return undefined;
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const recipient = await recipientOfMessage(db, { tenantId: news.tenantId, id: news.campaignId }, news.id);
    if (recipient === undefined || !recipientStatusesBefore(status).includes(recipient.status)) return undefined;
    const step = { recipient, status, fields: fieldsOf(recipient, status, news) };
    try {
      await transact(db, recipientStepItems(db, step));
      return recipient.status;
    } catch (error) {
      const failed = failedConditions(error);
      if (failed === undefined) throw error;
      // The campaign was erased meanwhile.
      if (failed.includes(0)) return undefined;
    }
  }
  throw new Error(`a recipient was moved by others ${triesMax} times`);
}

function fieldsOf(recipient: StoredRecipient, status: RecipientStatus, { error, updatedAt }: MessageNews) {
  if (status === "skipped") return { reason: "duplicate" } as const;
  return { error, sentAt: status === "failed" ? null : (recipient.sentAt ?? updatedAt) };
}

function recipientStatusOf(status: MessageStatus): RecipientStatus | undefined {
  switch (status) {
    case "sent":
    case "delivered":
    case "read":
    case "failed":
      return status;
    case "played":
      return "read";
    case "queued":
    case "received":
      return undefined;
    default:
      return status satisfies never;
  }
}
