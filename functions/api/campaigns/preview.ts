import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { estimatedDurationSeconds } from "../../../domain/campaign/duration.ts";
import { firstContactsOn } from "../../../domain/campaign/first-contacts.ts";
import { frozenContent } from "../../../domain/campaign/freeze.ts";
import { contentOf } from "../../../domain/campaign/store.ts";
import { requireUploaded } from "../../../domain/media/uploaded.ts";
import { defaultLimits } from "../../../domain/session/session.ts";
import { findSession } from "../../../domain/session/store.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { CampaignsContext } from "./context.ts";
import { type Counts, countAudience } from "./count-audience.ts";

export const previewCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.previewCampaign, async call => {
    const campaign = context.campaigns.of(call);
    const { tenantId, audience } = campaign;
    const held = await contentOf(context.db, campaign);
    const content = campaign.startedAt === null ? await frozenContent(context.db, tenantId)(held) : held;
    if (audience.kind === "file") await requireUploaded(context.bucket, { tenantId, id: audience.mediaId });
    const counts = await countAudience(context, { campaign, content, startedMs: call.nowMs });
    const estimatedDurationSeconds = await durationOf(context, campaign, counts, call.nowMs);
    const { total, skipped, samples, complete } = counts;
    const reasons = [...skipped].map(([reason, count]) => ({ reason, count }));
    return ok({ total, skipped: reasons, estimatedDurationSeconds, samples, complete });
  });

async function durationOf(
  { db }: CampaignsContext,
  { tenantId, sessionId, pace, quietHours }: StoredCampaign,
  { total, skipped, firstContacts }: Counts,
  startMs: number,
): Promise<number | null> {
  const [session, firstContactsToday] = await Promise.all([
    findSession(db, tenantId, sessionId),
    firstContactsOn(db, { tenantId, sessionId }, startMs),
  ]);
  const firstConnectedAt = session?.firstConnectedAt ?? session?.connectedAt ?? null;
  return estimatedDurationSeconds({
    messages: total - [...skipped.values()].reduce((sum, count) => sum + count, 0),
    firstContacts,
    messagesPerMinute: pace.messagesPerMinute,
    limits: session?.limits ?? defaultLimits,
    firstConnectedAtMs: firstConnectedAt === null ? null : Date.parse(firstConnectedAt),
    firstContactsToday,
    quietHours,
    startMs,
  });
}
