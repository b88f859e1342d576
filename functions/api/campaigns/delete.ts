import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { findCampaign, markDeleted } from "../../../domain/campaign/store.ts";
import { InvalidTransition } from "../../../domain/campaign/transition.ts";
import { isoTime } from "../../../domain/clock.ts";
import { DomainError, NotFound } from "../../../domain/error.ts";
import { noContent } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { CampaignsContext } from "./context.ts";
import { ringQueue } from "./ring.ts";

const triesMax = 5;

export const deleteCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.deleteCampaign, async call => {
    const { db, campaigns } = context;
    const ref = campaigns.of(call);
    for (let attempt = 1; attempt <= triesMax; attempt++) {
      const before = await findCampaign(db, ref);
      if (before === undefined) throw new NotFound();
      requireAtRest(before);
      if (!(await markDeleted(db, before, isoTime(call.nowMs)))) continue;
      await ringQueue(context, before);
      return noContent();
    }
    throw new DomainError("unavailable", "The campaign is being changed by many requests at once.");
  });

function requireAtRest({ status }: StoredCampaign): void {
  if (status !== "running") return;
  throw new InvalidTransition("A campaign that is running must be cancelled before it is deleted.");
}
