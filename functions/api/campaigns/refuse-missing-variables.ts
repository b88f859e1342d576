import type { CampaignContent } from "../../../domain/campaign/content.ts";
import { planRecipients } from "../../../domain/campaign/plan-recipients.ts";
import { type FieldError, ValidationFailed } from "../../../domain/error.ts";
import type { Id } from "../../../domain/id.ts";
import type { CreateCampaign } from "./campaign-body.ts";
import type { CampaignsContext } from "./context.ts";

const toldMax = 100;

/**
 * A template that lacks a variable is refused here as it is when one message is sent, where the request itself names the
 * recipients. Those of other audiences are skipped when the campaign starts.
 */
export async function refuseMissingVariables(
  db: CampaignsContext["db"],
  campaign: { readonly tenantId: Id<"ten">; readonly sessionId: Id<"ses">; readonly content: CampaignContent },
  audience: CreateCampaign["audience"],
): Promise<void> {
  if (campaign.content.template === null || !("recipients" in audience)) return;
  const candidates = audience.recipients.map(({ to, variables = {} }) => ({
    to,
    variables,
    contactId: undefined,
    contact: undefined,
    optedOut: false,
    place: null,
  }));
  const planned = await planRecipients(db, campaign, candidates);
  const errors = planned.flatMap(({ reason }, at): FieldError[] =>
    reason === "missing_variable"
      ? [{ path: `body.audience.recipients.${at}.variables`, message: "lack a variable that the template requires" }]
      : [],
  );
  if (errors.length > 0) throw new ValidationFailed(errors.slice(0, toldMax));
}
