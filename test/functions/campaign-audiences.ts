import type { StoredCampaign } from "../../domain/campaign/campaign.ts";
import type { CampaignQueue } from "../../domain/campaign/campaign-queue.ts";
import type { AudienceSource } from "../../domain/campaign/candidates.ts";
import type { StoredRecipient } from "../../domain/campaign/recipient.ts";
import { listRecipients } from "../../domain/campaign/recipient-store.ts";
import { findCampaignRow } from "../../domain/campaign/store.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import type { Id } from "../../domain/id.ts";
import { openLog } from "../../domain/log.ts";
import { openMediaBucket } from "../../domain/media/bucket.ts";
import { cursorsFor } from "../../domain/page.ts";
import { carryOn } from "../../functions/campaign-materialiser/carry-on.ts";
import type { Materialising } from "../../functions/campaign-materialiser/materialising.ts";
import { eventTeller } from "../../functions/event-teller.ts";
import { type EmulatedAws, mediaBucketOfTests } from "../emulated-aws.ts";

type Ref = Pick<StoredCampaign, "tenantId" | "id">;

/** The materialiser as it is on AWS, its queues in memory: what it asks for next is seen and not done by itself. */
export function materialiserOf(aws: EmulatedAws, given: Partial<Materialising> = {}) {
  const asked: Ref[] = [];
  const rung: string[] = [];
  const queue: CampaignQueue = {
    send: ({ tenantId, id }) => {
      asked.push({ tenantId, id });
      return Promise.resolve();
    },
  };
  const log = openLog({ name: "test", level: "error" });
  const topic = snsTopic(aws.environment.EVENT_TOPIC_ARN ?? "");
  const deps: Materialising & AudienceSource = {
    db: aws.db,
    bucket: openMediaBucket(mediaBucketOfTests),
    queue,
    pacer: {
      send: tick => {
        rung.push(tick.sessionId);
        return Promise.resolve();
      },
    },
    events: eventTeller({ db: aws.db, topic, now: Date.now, log }),
    now: Date.now,
    mayGoOn: () => true,
    ...given,
  };
  const step = ({ tenantId, id }: Ref) => carryOn(deps, { type: "campaign.carry_on", tenantId, campaignId: id });
  return {
    step,
    rung,
    /** Carries a campaign on until nothing more is asked for; answers how many messages that took. */
    async workOff(ref: Ref): Promise<number> {
      let messages = 0;
      for (asked.push(ref); asked.length > 0; messages++) await step(asked.shift() ?? ref);
      return messages;
    },
  };
}

/** All recipients of a campaign, in their order. */
export async function recipientsOf(aws: EmulatedAws, ref: Ref): Promise<StoredRecipient[]> {
  const cursors = cursorsFor("key of the tenant", ["recipients"]);
  const found: StoredRecipient[] = [];
  let cursor: string | undefined;
  do {
    const page = await listRecipients(aws.db, ref, { limit: 100, cursor, cursors });
    found.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

export async function rowOf(aws: EmulatedAws, tenantId: Id<"ten">, id: Id<"cmp">): Promise<StoredCampaign> {
  const found = await findCampaignRow(aws.db, { tenantId, id });
  if (found === undefined) throw new Error("the campaign is not there");
  return found;
}
