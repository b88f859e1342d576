import { endpoint } from "../endpoint.ts";
import { changeAndRing } from "./change.ts";
import type { CampaignsContext } from "./context.ts";
import { requireSession } from "./require-session.ts";

export const resumeCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.resumeCampaign, async call => {
    const { nowMs } = call;
    const campaign = context.campaigns.of(call);
    if (campaign.status === "paused") await requireSession(context.db, campaign);
    return changeAndRing(context, call, campaign, { action: "resume", nowMs });
  });
