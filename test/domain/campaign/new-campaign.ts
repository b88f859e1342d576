import { type CampaignRef, newCampaign, type StoredCampaign } from "../../../domain/campaign/campaign.ts";
import type { CampaignContent } from "../../../domain/campaign/content.ts";
import type { StoredRecipient } from "../../../domain/campaign/recipient.ts";
import { isoTime } from "../../../domain/clock.ts";
import { type Id, newId } from "../../../domain/id.ts";

export const textContent: CampaignContent = { body: "Hello {{name}}", template: null, media: null };

/** A draft for one tag, as it is before it is stored. */
export function draftCampaign(given: Partial<StoredCampaign> = {}, nowMs = Date.now()): StoredCampaign {
  const ref: CampaignRef = { tenantId: given.tenantId ?? newId("ten", nowMs), id: newId("cmp", nowMs) };
  const settings = {
    name: "Spring sale",
    sessionId: newId("ses", nowMs),
    audience: { kind: "tags" as const, tags: ["vip"] },
    pace: { messagesPerMinute: null, jitter: 0 },
    quietHours: null,
    scheduledAt: null,
    metadata: {},
  };
  return { ...newCampaign(ref, { ...settings, ...given }, isoTime(nowMs)), ...given, id: ref.id };
}

/** A pending recipient of a campaign, as it is before it is stored. */
export function pendingRecipient(
  campaign: { readonly tenantId: Id<"ten">; readonly id: Id<"cmp"> },
  position: number,
  given: Partial<StoredRecipient> = {},
): StoredRecipient {
  return {
    tenantId: campaign.tenantId,
    campaignId: campaign.id,
    position,
    to: `+55119${String(10_000_000 + position)}`,
    jid: `55119${String(10_000_000 + position)}@s.whatsapp.net`,
    contactId: null,
    variables: { name: `Person ${position}` },
    firstContact: true,
    status: "pending",
    reason: null,
    error: null,
    messageId: null,
    queuedAt: null,
    sentAt: null,
    repliedAt: null,
    ...given,
  };
}
