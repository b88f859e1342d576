import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newCampaign, type StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { createCampaign, findCampaign } from "../../../domain/campaign/store.ts";
import { isoTime } from "../../../domain/clock.ts";
import { openLog } from "../../../domain/log.ts";
import { sweep } from "../../../functions/campaign-sweeper/sweep.ts";
import { draftCampaign, textContent } from "../../domain/campaign/new-campaign.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { PacingStage } from "../campaign-pacer/pacing-stage.ts";

const minute = 60_000;
const noon = Date.parse("2026-11-23T12:00:00.000Z");

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

/** Sweeps at a time; answers the campaigns and the sessions it rang for. */
async function swept(nowMs: number, failsFor: (id: string) => boolean = () => false) {
  const rung = { campaigns: [] as string[], sessions: [] as string[], failed: 0 };
  const { failed } = await sweep({
    db: aws.db,
    queue: {
      send: async ({ id }) => {
        if (failsFor(id)) throw new Error("the queue does not answer");
        rung.campaigns.push(id);
      },
    },
    pacer: { send: async ({ sessionId }) => void rung.sessions.push(sessionId) },
    events: { tell: () => Promise.resolve() },
    now: () => nowMs,
    log: openLog({ name: "test", level: "silent" }),
    mayGoOn: () => true,
  });
  return { ...rung, failed };
}

async function scheduled(atMs: number): Promise<StoredCampaign> {
  const { tenantId, id, ...settings } = draftCampaign({ scheduledAt: isoTime(atMs) }, noon - 60 * minute);
  const campaign = newCampaign({ tenantId, id }, settings, isoTime(noon - 60 * minute));
  await createCampaign(aws.db, { campaign, content: textContent }, noon - 60 * minute);
  return campaign;
}

describe("the sweep of each minute", () => {
  it("begins a scheduled campaign at its time, once, and goes on ringing for it until its recipients are made", async () => {
    const campaign = await scheduled(noon);
    expect((await swept(noon - 1)).campaigns).not.toContain(campaign.id);
    const both = await Promise.all([swept(noon), swept(noon)]);
    expect(both.flatMap(({ campaigns }) => campaigns)).toContain(campaign.id);
    const begun = await findCampaign(aws.db, campaign);
    expect([begun?.status, begun?.startedAt, begun?.revision]).toEqual(["running", isoTime(noon), 2]);
    expect((await swept(noon + minute)).campaigns).not.toContain(campaign.id);
    expect((await swept(noon + 5 * minute)).campaigns).toContain(campaign.id);
  });

  it("does the rest where one campaign fails, and that one a minute later", async () => {
    const [bad, good] = [await scheduled(noon + minute), await scheduled(noon + minute)];
    const first = await swept(noon + minute, id => id === bad.id);
    expect(first.campaigns).toContain(good.id);
    expect(first.failed).toBe(1);
    expect((await findCampaign(aws.db, good))?.status).toBe("running");
    expect((await swept(noon + 10 * minute)).campaigns).toContain(bad.id);
  });

  it("rings for a session whose tick was lost, and for no other", async () => {
    const stage = new PacingStage(aws, noon);
    await stage.connect({ firstContactsPerDay: null });
    await stage.campaign(5);
    await stage.pass(4_000);
    expect((await swept(stage.nowMs)).sessions).not.toContain(stage.sessionId);
    expect((await swept(stage.nowMs + minute)).sessions).toContain(stage.sessionId);
    await stage.pass(minute);
    expect((await swept(stage.nowMs + 60 * minute)).sessions).not.toContain(stage.sessionId);
  });
});
