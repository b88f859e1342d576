import { publicCampaign } from "../../../domain/campaign/campaign.ts";
import { listCampaigns as list } from "../../../domain/campaign/store.ts";
import { waitsOf } from "../../../domain/campaign/waiting.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { CampaignsContext } from "./context.ts";

export const listCampaigns = ({ routes, db }: CampaignsContext) =>
  endpoint(routes.listCampaigns, async ({ caller, query, cursors, nowMs }) => {
    const { data, nextCursor } = await list(db, caller.tenantId, { ...query, cursors });
    const campaigns = data.map(({ campaign }) => campaign);
    const waitOf = await waitsOf(db, campaigns, nowMs);
    const shown = data.map(({ campaign, content }) => publicCampaign(campaign, content, waitOf(campaign)));
    return ok({ data: shown, nextCursor });
  });
