import { publicCampaign } from "../../../domain/campaign/campaign.ts";
import { listCampaigns as list } from "../../../domain/campaign/store.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { CampaignsContext } from "./context.ts";

export const listCampaigns = ({ routes, db }: CampaignsContext) =>
  endpoint(routes.listCampaigns, async ({ caller, query, cursors }) => {
    const { data, nextCursor } = await list(db, caller.tenantId, { ...query, cursors });
    return ok({ data: data.map(({ campaign, content }) => publicCampaign(campaign, content)), nextCursor });
  });
