import { endpoint } from "../endpoint.ts";
import { changeAndRing } from "./change.ts";
import type { CampaignsContext } from "./context.ts";

export const cancelCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.cancelCampaign, async call => {
    const { nowMs, resumed } = call;
    const campaign = context.campaigns.of(call);
    const isDone = resumed && campaign.status === "cancelled";
    return changeAndRing(context, campaign, { action: "cancel", nowMs }, isDone);
  });
