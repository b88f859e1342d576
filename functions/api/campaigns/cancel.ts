import { endpoint } from "../endpoint.ts";
import { changeAndRing } from "./change.ts";
import type { CampaignsContext } from "./context.ts";

export const cancelCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.cancelCampaign, async call => {
    const { nowMs } = call;
    const campaign = context.campaigns.of(call);
    return changeAndRing(context, call, campaign, { action: "cancel", nowMs });
  });
