import { publicRecipient } from "../../../domain/campaign/recipient.ts";
import { listRecipients as list } from "../../../domain/campaign/recipient-store.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { CampaignsContext } from "./context.ts";

export const listRecipients = ({ routes, db, campaigns }: CampaignsContext) =>
  endpoint(routes.listCampaignRecipients, async call => {
    const { query, cursors } = call;
    const { data, nextCursor } = await list(db, campaigns.of(call), { ...query, cursors });
    return ok({ data: data.map(publicRecipient), nextCursor });
  });
