import { S3ServiceException } from "@aws-sdk/client-s3";
import { recipientsMax } from "../../domain/campaign/audience.ts";
import type { PausedReason, StoredCampaign } from "../../domain/campaign/campaign.ts";
import { type Candidate, candidatesFrom } from "../../domain/campaign/candidates.ts";
import { changeCampaign } from "../../domain/campaign/change-status.ts";
import { endMaking, madeAtOnce, makeRecipients } from "../../domain/campaign/materialise.ts";
import { ringPacer } from "../../domain/campaign/pacer-queue.ts";
import { planRecipients } from "../../domain/campaign/plan-recipients.ts";
import { contentOf } from "../../domain/campaign/store.ts";
import { InvalidTransition } from "../../domain/campaign/transition.ts";
import { CsvUnreadable } from "../../domain/contact/csv.ts";
import { DomainError, NotFound } from "../../domain/error.ts";
import type { Materialising } from "./materialising.ts";

/** Candidates looked up together; a few transactions' worth. */
const plannedAtOnce = 8 * madeAtOnce;

/** The audience names more than a campaign may have. */
class AudienceTooLarge extends DomainError {
  override readonly name = "AudienceTooLarge";
  constructor() {
    super("validation_failed", `A campaign has at most ${recipientsMax} recipients.`);
  }
}

/**
 * Makes the recipients of a campaign from where that has come to. True where time ran out before the audience's end;
 * false at its end, or where somebody else carries it on. An audience that cannot be read pauses the campaign.
 */
export async function makeAudience(deps: Materialising, before: StoredCampaign): Promise<boolean> {
  let last = before;
  try {
    for await (const held of stepsOf(deps, before)) {
      last = held;
      if (!held.materialised && !deps.mayGoOn()) return true;
    }
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    await giveUp(deps, last, reason);
    return false;
  }
  if (last.materialised) await ringPacer(deps.pacer, last);
  return false;
}

/** The campaign after each step, once that is stored. Ends early where somebody else took a step. */
async function* stepsOf(deps: Materialising, before: StoredCampaign): AsyncGenerator<StoredCampaign> {
  let held = before;
  const content = await contentOf(deps.db, before);
  for await (const candidates of inGroups(deps, before)) {
    const after = held.materialising.position + candidates.length;
    if (after > recipientsMax) throw new AudienceTooLarge();
    const planned = await planRecipients(deps.db, { ...before, content }, candidates);
    for await (const next of makeRecipients(deps.db, held, planned, deps.now())) {
      held = next;
      yield held;
    }
    if (held.materialising.position !== after) return;
  }
  const done = await endMaking(deps.db, held, deps.now());
  if (done !== undefined) yield done;
}

async function* inGroups(deps: Materialising, { materialising, audience, ...ref }: StoredCampaign) {
  let group: Candidate[] = [];
  for await (const candidate of candidatesFrom(deps, { ref, audience, ...materialising })) {
    group.push(candidate);
    if (group.length < plannedAtOnce) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function reasonOf(error: unknown): PausedReason | undefined {
  if (error instanceof AudienceTooLarge) return "audience_too_large";
  if (error instanceof CsvUnreadable) return "audience_unreadable";
  // Uploads do not last for ever, and who may not list a bucket is told 403 of a file that is not there.
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  return status === 403 || status === 404 ? "audience_unreadable" : undefined;
}

/** Pauses a campaign whose audience is not what it should be: nothing of it has been sent. */
async function giveUp(
  { db, events, now }: Pick<Materialising, "db" | "events" | "now">,
  campaign: StoredCampaign,
  reason: PausedReason,
): Promise<void> {
  try {
    const { event } = await changeCampaign(db, campaign, { action: "pause", reason, nowMs: now() });
    if (event !== undefined) await events.tell([event]);
  } catch (error) {
    // It was paused, cancelled or deleted meanwhile: then there is nothing to give up.
    if (!(error instanceof InvalidTransition || error instanceof NotFound)) throw error;
  }
}
