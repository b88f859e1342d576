import * as z from "zod";
import { advanceRecipient } from "../../domain/campaign/progress.ts";
import type { WasaasEvent } from "../../domain/event/event.ts";
import { idOf } from "../../domain/id.ts";
import { isGroup, Jid } from "../../domain/jid.ts";
import { Message } from "../../domain/message/message.ts";
import { DisconnectReason } from "../../domain/session/session.ts";
import { completeCampaign } from "../campaign-keeper.ts";
import type { Following } from "./following.ts";
import { followHeard } from "./heard-message.ts";
import { pauseAfterFailures, pauseSession } from "./pause-for-care.ts";

/**
 * What campaigns do about an event. An event comes at least once, and in any order: recipients move forward only, a reply
 * and a word count once, and what somebody resumed is not paused for what happened before.
 */
export async function follow(following: Following, event: WasaasEvent): Promise<void> {
  switch (event.type) {
    case "message.sent":
    case "message.delivered":
    case "message.read":
    case "message.failed":
      return followSent(following, event);
    case "message.received":
      return followHeard(following, event);
    case "session.disconnected":
    case "session.deleted":
      return followSession(following, event);
    default:
      return;
  }
}

const CampaignMessage = Message.extend({ campaignId: idOf("cmp") });

async function followSent(following: Following, event: WasaasEvent): Promise<void> {
  const data = CampaignMessage.parse(event.data);
  const { id, campaignId, sessionId, status, error, updatedAt } = data;
  const { tenantId } = event;
  const ref = { tenantId, id: campaignId };
  const before = await advanceRecipient(following.db, { tenantId, campaignId, id, status, error, updatedAt });
  // Only the last one that was under way ends a campaign; should this be cut off here, the pacer's next look ends it.
  if (before === "queued") await completeCampaign(following, ref);
  if (status !== "failed") return;
  if (isOfAccount(data)) {
    await pauseSession(following, { tenantId, sessionId }, "restricted", event.createdAt);
  } else {
    await pauseAfterFailures(following, ref, event.createdAt);
  }
}

/**
 * Whether WhatsApp refused a message for what it thinks of the account (403, forbidden), and not for whom it was to. A
 * group forbids everybody but its admins to write. A 463 is of its chat alone: one of the account leaves its message queued.
 */
function isOfAccount({ error, chatId }: z.infer<typeof CampaignMessage>): boolean {
  return error?.code === "rejected" && error.detail === "403" && !isGroup(Jid.parse(chatId));
}

const EndedSession = z.object({ lastDisconnect: z.object({ reason: DisconnectReason }).nullable() });

async function followSession(following: Following, event: WasaasEvent): Promise<void> {
  const { tenantId, sessionId, createdAt } = event;
  if (sessionId === null) return;
  await pauseSession(following, { tenantId, sessionId }, reasonOf(event), createdAt);
}

function reasonOf({ type, data }: WasaasEvent) {
  if (type === "session.deleted") return "session_deleted";
  return EndedSession.parse(data).lastDisconnect?.reason === "banned" ? "banned" : "session_disconnected";
}
