import { recipientsMax } from "../../../domain/campaign/audience.ts";
import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { type Candidate, candidatesFrom } from "../../../domain/campaign/candidates.ts";
import type { CampaignContent } from "../../../domain/campaign/content.ts";
import { type PlannedRecipient, planRecipients, reasonAmong } from "../../../domain/campaign/plan-recipients.ts";
import type { SkipReason } from "../../../domain/campaign/recipient.ts";
import { CsvUnreadable } from "../../../domain/contact/csv.ts";
import { ValidationFailed } from "../../../domain/error.ts";
import { rendered } from "../../../domain/template/placeholder.ts";
import type { CampaignsContext } from "./context.ts";
import type { CampaignPreview } from "./preview-answer.ts";

const samplesMax = 3;
const plannedAtOnce = 1_000;
/** Of the time that the function has, what it may spend on reading. */
const readWithinMs = 10_000;

export interface Counts extends Pick<CampaignPreview, "samples" | "complete" | "total"> {
  readonly skipped: Map<SkipReason, number>;
  readonly firstContacts: number;
}

interface Previewed {
  readonly campaign: StoredCampaign;
  readonly content: CampaignContent;
  readonly startedMs: number;
}

/** Reads the audience as it is now, from its beginning, to its end or for as long as there is time. */
export async function countAudience(
  context: Pick<CampaignsContext, "db" | "bucket" | "now">,
  { campaign, content, startedMs }: Previewed,
): Promise<Counts> {
  const tally = newTally(content);
  const from = { ref: campaign, audience: campaign.audience, position: 0, place: null };
  let group: Candidate[] = [];
  const plan = async () => {
    for (const each of await planRecipients(context.db, { ...campaign, content }, group)) tally.add(each);
    group = [];
  };
  try {
    for await (const candidate of candidatesFrom(context, from)) {
      if (tally.total() + group.length === recipientsMax) return tally.counts(false);
      group.push(candidate);
      if (group.length < plannedAtOnce) continue;
      await plan();
      if (context.now() - startedMs > readWithinMs) return tally.counts(false);
    }
  } catch (error) {
    if (!(error instanceof CsvUnreadable)) throw error;
    throw new ValidationFailed([{ path: "body.audience.mediaId", message: error.message }], { cause: error });
  }
  await plan();
  return tally.counts(true);
}

/** Counts recipients as a campaign that starts would make them. */
function newTally({ body }: CampaignContent) {
  const skipped = new Map<SkipReason, number>();
  const samples: CampaignPreview["samples"] = [];
  const taken = new Set<string>();
  let total = 0;
  let firstContacts = 0;
  return {
    total: () => total,
    add(planned: PlannedRecipient) {
      const { person, to, contactId, variables, firstContact } = planned;
      total++;
      const reason = reasonAmong(taken, planned);
      if (reason !== null) {
        skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
        return;
      }
      if (person !== null) taken.add(person);
      if (firstContact) firstContacts++;
      if (samples.length === samplesMax) return;
      const text = rendered(body, variables);
      samples.push({ to, contactId, text: text === "" ? null : text });
    },
    counts: (complete: boolean): Counts => ({ total, skipped, samples, firstContacts, complete }),
  };
}
