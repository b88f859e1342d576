import type { Chat } from "../chat/chat.ts";
import type { Jid } from "../jid.ts";
import type { StoredMessage } from "../message/message.ts";
import { outgoingText } from "../message/outgoing.ts";
import { outgoingMedia } from "../message/outgoing-media.ts";
import type { Session } from "../session/session.ts";
import { rendered } from "../template/placeholder.ts";
import { recipientMessageId, recipientWaMessageId, type StoredRecipient } from "./recipient.ts";
import type { CampaignWithContent } from "./store.ts";

/** The message of a recipient as it is accepted: the same WhatsApp id whenever that is. */
export function recipientMessage(
  session: Session,
  { campaign, content }: CampaignWithContent,
  to: { readonly recipient: StoredRecipient; readonly jid: Jid; readonly chat: Chat },
  nowMs: number,
): StoredMessage {
  const { position, variables } = to.recipient;
  const text = rendered(content.body, variables);
  const id = recipientMessageId(campaign, position, nowMs);
  const fresh = { id, to: to.jid, priority: "low", metadata: campaign.metadata } as const;
  const message =
    content.media === null
      ? outgoingText(session, to.chat, { ...fresh, text }, nowMs)
      : outgoingMedia(session, to.chat, { ...fresh, ...content.media, caption: text === "" ? null : text }, nowMs);
  const waMessageId = recipientWaMessageId(campaign, position);
  return { ...message, source: "campaign", campaignId: campaign.id, waMessageId };
}
