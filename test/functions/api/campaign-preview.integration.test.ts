import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeList } from "../../../domain/campaign/listed.ts";
import { newId } from "../../../domain/id.ts";
import { openMediaBucket } from "../../../domain/media/bucket.ts";
import { countAudience } from "../../../functions/api/campaigns/count-audience.ts";
import { draftCampaign } from "../../domain/campaign/new-campaign.ts";
import { type EmulatedAws, emulatedAws, mediaBucketOfTests } from "../../emulated-aws.ts";

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

/** Counts an audience of so many, with a clock that shows these milliseconds one after the other. */
async function counted(size: number, clockMs: readonly number[]) {
  const draft = draftCampaign();
  const entries = Array.from({ length: size }, (_, at) => ({ to: String(15_550_000_000 + at) }));
  const list = newId("cmp", Date.now());
  const parts = await storeList(aws.db, draft, list, entries);
  const campaign = { ...draft, audience: { kind: "recipients" as const, count: size, list, parts } };
  const times = [...clockMs];
  const context = { db: aws.db, bucket: openMediaBucket(mediaBucketOfTests), now: () => times.shift() ?? 0 };
  const content = { body: "Hello", template: null, media: null };
  return countAudience(context, { campaign, content, startedMs: 0 });
}

describe("what a preview counts", () => {
  it("is the whole audience where there is time for it", async () => {
    expect(await counted(2_500, [4_000, 9_000])).toMatchObject({ total: 2_500, firstContacts: 2_500, complete: true });
  });

  it("is what was read in ten seconds, said to be so, where that is not all", async () => {
    expect(await counted(2_500, [4_000, 10_001])).toMatchObject({ total: 2_000, complete: false });
  });
});
