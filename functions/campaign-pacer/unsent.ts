import type { CampaignRef } from "../../domain/campaign/campaign.ts";
import type { PaceRow } from "../../domain/campaign/pace-row.ts";
import { advanceRecipient } from "../../domain/campaign/progress.ts";
import { queuedRecipients } from "../../domain/campaign/recipient-store.ts";
import { chatsOf } from "../../domain/chat/many.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { messagesAt } from "../../domain/message/read-many.ts";

const recheckedMax = 100;

/** Those of a session's accepted campaign messages that still wait to be sent. */
export async function stillUnsent(db: Db<"messages">, row: PaceRow): Promise<PaceRow["unsent"]> {
  if (row.unsent.length === 0) return row.unsent;
  const { tenantId, sessionId } = row;
  const found = await messagesAt(
    db,
    row.unsent.map(({ chatKey, id }) => ({ tenantId, sessionId, chatKey, id })),
  );
  return row.unsent.filter(({ id }) => found.get(id)?.status === "queued");
}

/**
 * Moves recipients on whose messages have gone further than they have: whatever became of the events that tell of it, a
 * campaign comes to its end.
 */
export async function recheckQueued(
  db: Db<"campaigns" | "campaign_recipients" | "messages" | "chats">,
  campaign: CampaignRef & Pick<PaceRow, "sessionId">,
): Promise<void> {
  const { tenantId, sessionId } = campaign;
  const queued = await queuedRecipients(db, campaign, recheckedMax);
  const jids = queued.flatMap(({ jid }) => (jid === null ? [] : [jid]));
  const chatOf = await chatsOf(db, { tenantId, id: sessionId }, jids);
  // A chat that was joined to another one since may have its message under its earlier name.
  const refs = queued.flatMap(({ jid, messageId: id }) =>
    jid === null || id === null ? [] : chatOf(jid).names.map(chatKey => ({ tenantId, sessionId, chatKey, id })),
  );
  for (const message of (await messagesAt(db, refs)).values()) {
    await advanceRecipient(db, { ...message, campaignId: campaign.id });
  }
}
