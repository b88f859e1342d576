import { endpoint } from "../endpoint.ts";
import { changeAndRing } from "./change.ts";
import type { CampaignsContext } from "./context.ts";

export const pauseCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.pauseCampaign, async call => {
    const { nowMs, resumed } = call;
    const campaign = context.campaigns.of(call);
    const isDone = resumed && campaign.status === "paused";
    return changeAndRing(context, campaign, { action: "pause", nowMs, reason: "requested" }, isDone);
  });
