import { frozenContent } from "../../../domain/campaign/freeze.ts";
import { contentOf } from "../../../domain/campaign/store.ts";
import { requireUploaded } from "../../../domain/media/uploaded.ts";
import { endpoint } from "../endpoint.ts";
import { changeAndRing } from "./change.ts";
import type { CampaignsContext } from "./context.ts";
import { requireSession } from "./require-session.ts";

export const startCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.startCampaign, async call => {
    const { db, bucket, campaigns } = context;
    const { nowMs } = call;
    const campaign = campaigns.of(call);
    const { tenantId, audience, status } = campaign;
    const freeze = frozenContent(db, tenantId);
    if (status === "draft" || status === "scheduled") {
      await requireSession(db, campaign);
      if (audience.kind === "file") await requireUploaded(bucket, { tenantId, id: audience.mediaId });
      const { media } = await freeze(await contentOf(db, campaign));
      if (media !== null && media.mediaId !== null) await requireUploaded(bucket, { tenantId, id: media.mediaId });
    }
    return changeAndRing(context, call, campaign, { action: "start", nowMs, freeze });
  });
