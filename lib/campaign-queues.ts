import { Construct } from "constructs";
import { receivesMax } from "../functions/campaign-materialiser/environment.ts";
import { WorkQueue } from "./work-queue.ts";

/** What campaigns are driven by: each of these queues is rung by the functions behind the others. */
export class CampaignQueues extends Construct {
  /** What CAMPAIGN_QUEUE_URL is to be: recipients to make, deleted campaigns to erase. */
  readonly audiences: WorkQueue;
  /** What PACER_QUEUE_URL is to be: sessions whose next campaign message may be due. */
  readonly pacer: WorkQueue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.audiences = new WorkQueue(this, "Audiences", {
      consumerTimeoutSeconds: campaignTimeoutSeconds,
      // A campaign whose function was killed goes on after this time.
      visibilityTimeoutSeconds: campaignTimeoutSeconds + 5,
      receivesMax,
      ageMaxSeconds: 900,
      errorImpact: "customers' campaigns do not begin",
    });
    this.pacer = new WorkQueue(this, "Pacer", {
      consumerTimeoutSeconds: campaignTimeoutSeconds,
      visibilityTimeoutSeconds: campaignTimeoutSeconds + 5,
      receivesMax,
      ageMaxSeconds: 1_800,
      errorImpact: "customers' campaigns stand still",
    });
  }
}

/** How long a function of campaigns may work on one message; the rest is for the next. */
export const campaignTimeoutSeconds = 25;
