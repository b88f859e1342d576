import { endpoint } from "../endpoint.ts";
import { changeAndRing } from "./change.ts";
import type { CampaignsContext } from "./context.ts";

export const pauseCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.pauseCampaign, async call => {
    const { nowMs } = call;
    const campaign = context.campaigns.of(call);
    return changeAndRing(context, call, campaign, { action: "pause", nowMs, reason: "requested" });
  });
