import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { StoredAudience } from "../../domain/campaign/audience.ts";
import type { StoredCampaign } from "../../domain/campaign/campaign.ts";
import type { CampaignQueue } from "../../domain/campaign/campaign-queue.ts";
import type { AudienceSource } from "../../domain/campaign/candidates.ts";
import { changeCampaign } from "../../domain/campaign/change-status.ts";
import type { CampaignContent } from "../../domain/campaign/content.ts";
import { storeList } from "../../domain/campaign/listed.ts";
import type { StoredRecipient } from "../../domain/campaign/recipient.ts";
import { listRecipients } from "../../domain/campaign/recipient-store.ts";
import { createCampaign, findCampaignRow } from "../../domain/campaign/store.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { type Id, newId } from "../../domain/id.ts";
import { openLog } from "../../domain/log.ts";
import { openMediaBucket } from "../../domain/media/bucket.ts";
import { uploadKey } from "../../domain/media/object-key.ts";
import { cursorsFor } from "../../domain/page.ts";
import { carryOn } from "../../functions/campaign-materialiser/carry-on.ts";
import type { Materialising } from "../../functions/campaign-materialiser/materialising.ts";
import { eventTeller } from "../../functions/event-teller.ts";
import { draftCampaign } from "../domain/campaign/new-campaign.ts";
import { type EmulatedAws, mediaBucketOfTests } from "../emulated-aws.ts";

/** A list that is still to be stored. */
type Listing = { readonly kind: "contacts" | "recipients"; readonly entries: readonly unknown[] };

/** A campaign for an audience, started. */
export async function startedCampaign(
  aws: EmulatedAws,
  tenantId: Id<"ten">,
  audience: StoredAudience | Listing,
  { body = "Hello {{name}}", sessionId = newId("ses", Date.now()) } = {},
): Promise<StoredCampaign> {
  const nowMs = Date.now();
  const campaign = draftCampaign({ tenantId, sessionId }, nowMs);
  const stored = "entries" in audience ? await listed(aws, campaign, audience) : audience;
  const content = { body, template: null, media: null };
  await createCampaign(aws.db, { campaign: { ...campaign, audience: stored }, content }, nowMs);
  const freeze = (held: CampaignContent) => Promise.resolve(held);
  return (await changeCampaign(aws.db, campaign, { action: "start", nowMs, freeze })).campaign;
}

async function listed(aws: EmulatedAws, campaign: StoredCampaign, { kind, entries }: Listing): Promise<StoredAudience> {
  const list = newId("cmp", Date.now());
  return { kind, count: entries.length, list, parts: await storeList(aws.db, campaign, list, entries) };
}

/** An uploaded file that names an audience. */
export async function fileAudience(tenantId: Id<"ten">, text: string | Buffer): Promise<StoredAudience> {
  const mediaId = newId("med", Date.now());
  const Key = uploadKey({ tenantId, id: mediaId });
  await new S3Client().send(new PutObjectCommand({ Bucket: mediaBucketOfTests, Key, Body: text }));
  return { kind: "file", mediaId, size: Buffer.byteLength(text) };
}

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
