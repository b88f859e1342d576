import { publicCampaign } from "../../../domain/campaign/campaign.ts";
import { contentOf } from "../../../domain/campaign/store.ts";
import { waitsOf } from "../../../domain/campaign/waiting.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { CampaignsContext } from "./context.ts";

export const getCampaign = ({ routes, db, campaigns }: CampaignsContext) =>
  endpoint(routes.getCampaign, async call => {
    const campaign = campaigns.of(call);
    const waitOf = await waitsOf(db, [campaign], call.nowMs);
    return ok(publicCampaign(campaign, await contentOf(db, campaign), waitOf(campaign)));
  });
