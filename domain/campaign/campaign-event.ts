import { type EventRow, eventRow, sessionEvent } from "../event/log.ts";
import type { Session } from "../session/session.ts";
import { publicCampaign, type StoredCampaign } from "./campaign.ts";
import type { CampaignContent } from "./content.ts";
import type { CampaignAction } from "./transition.ts";

/** What customers are told of; that a campaign goes on after a pause they know, since they asked for it. */
const types = {
  start: "campaign.started",
  pause: "campaign.paused",
  resume: undefined,
  cancel: "campaign.cancelled",
  complete: "campaign.completed",
} as const satisfies Record<CampaignAction, string | undefined>;

export function isTold(action: CampaignAction): boolean {
  return types[action] !== undefined;
}

/** The event of an action, whose `data` is the campaign as it is then; none where there is nothing to tell. */
export function campaignEvent(
  { campaign, content }: { readonly campaign: StoredCampaign; readonly content: CampaignContent },
  action: CampaignAction,
  of: { readonly metadata: Session["metadata"]; readonly sequence: number; readonly nowMs: number },
): EventRow | undefined {
  const type = types[action];
  if (type === undefined) return undefined;
  const session = { id: campaign.sessionId, tenantId: campaign.tenantId, metadata: of.metadata };
  const cause = [campaign.id, String(campaign.revision)];
  const event = sessionEvent(session, of.sequence, { type, cause, data: publicCampaign(campaign, content) }, of.nowMs);
  return eventRow(event, of.nowMs);
}
