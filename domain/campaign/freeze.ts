import type { Db } from "../dynamodb/db.ts";
import type { Id } from "../id.ts";
import { findTemplate } from "../template/store.ts";
import type { CampaignContent } from "./content.ts";

/**
 * What a campaign that starts now says from then on: its template as it is, or, where that was deleted, as it was when
 * the campaign was made.
 */
export function frozenContent(db: Db<"templates">, tenantId: Id<"ten">) {
  return async (content: CampaignContent): Promise<CampaignContent> => {
    const { template } = content;
    const kept = template === null ? undefined : await findTemplate(db, { tenantId, id: template.id });
    return kept === undefined ? content : { ...content, body: kept.body };
  };
}
