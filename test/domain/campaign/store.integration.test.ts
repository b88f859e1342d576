import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicCampaign, type StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { type CampaignChange, changeCampaign } from "../../../domain/campaign/change-status.ts";
import { dueCampaigns } from "../../../domain/campaign/due.ts";
import { putCampaign } from "../../../domain/campaign/item.ts";
import { findPace } from "../../../domain/campaign/pace-row.ts";
import { recipientMessageId } from "../../../domain/campaign/recipient.ts";
import { putRecipient, recipientStepItems, replyItems } from "../../../domain/campaign/recipient-item.ts";
import {
  findRecipient,
  listRecipients,
  nextPending,
  recipientOfMessage,
} from "../../../domain/campaign/recipient-store.ts";
import {
  contentOf,
  createCampaign,
  findCampaign,
  listCampaigns,
  markDeleted,
  replaceCampaign,
} from "../../../domain/campaign/store.ts";
import { isoTime } from "../../../domain/clock.ts";
import { failedConditions } from "../../../domain/dynamodb/condition.ts";
import { transact } from "../../../domain/dynamodb/transaction.ts";
import { listEvents } from "../../../domain/event/listing.ts";
import { newId } from "../../../domain/id.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { draftCampaign, pendingRecipient, textContent } from "./new-campaign.ts";

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

const nowMs = Date.parse("2026-11-22T10:00:00.000Z");
const cursors = cursorsFor("key of the tenant", ["campaigns"]);
const start: CampaignChange = { action: "start", nowMs, freeze: content => Promise.resolve(content) };

async function stored(given: Partial<StoredCampaign> = {}): Promise<StoredCampaign> {
  const campaign = draftCampaign(given, nowMs);
  expect(await createCampaign(aws.db, { campaign, content: textContent }, nowMs)).toBe(true);
  return campaign;
}

/** A running campaign whose recipients are made: as many first contacts as said. */
async function running(recipients: number): Promise<StoredCampaign> {
  const stats = { ...draftCampaign().stats, total: recipients, pending: recipients };
  const campaign = draftCampaign({ status: "running", materialised: true, stats }, nowMs);
  await transact(aws.db, [putCampaign(aws.db, campaign, undefined, nowMs)]);
  await createContent(campaign);
  const positions = Array.from({ length: recipients }, (_, position) => position);
  await transact(
    aws.db,
    positions.map(position => putRecipient(aws.db, pendingRecipient(campaign, position))),
  );
  return campaign;
}

async function createContent(campaign: StoredCampaign): Promise<void> {
  const found = await findCampaign(aws.db, campaign);
  if (found === undefined) throw new Error("the campaign is not there");
  await replaceCampaign(aws.db, found, { campaign: found, content: textContent }, nowMs);
}

const eventsOf = async (campaign: StoredCampaign) => {
  const page = await listEvents(aws.db, campaign.tenantId, {
    limit: 100,
    cursors,
    nowMs: nowMs + 60_000,
  });
  return page.data.map(({ type, data }) => ({ type, status: data.status, pausedReason: data.pausedReason }));
};

describe("a stored campaign", () => {
  it("is a draft, or scheduled where it has a time, and is found again with what it says", async () => {
    const draft = await stored();
    const scheduled = await stored({
      tenantId: draft.tenantId,
      status: "scheduled",
      scheduledAt: isoTime(nowMs + 60_000),
    });
    expect(await findCampaign(aws.db, draft)).toEqual(draft);
    expect(await contentOf(aws.db, draft)).toEqual(textContent);
    const page = await listCampaigns(aws.db, draft.tenantId, { limit: 10, cursors });
    expect(page.data.map(({ campaign }) => campaign.id).sort()).toEqual([draft.id, scheduled.id].sort());
    expect(page.data.map(({ content }) => content)).toEqual([textContent, textContent]);
  });

  it("is stored once, whoever makes it again", async () => {
    const campaign = await stored();
    expect(await createCampaign(aws.db, { campaign, content: textContent }, nowMs)).toBe(false);
  });

  it("is changed by whoever read it as it is", async () => {
    const campaign = await stored();
    const renamed = { ...campaign, name: "Autumn sale" };
    expect(await replaceCampaign(aws.db, campaign, { campaign: renamed, content: textContent }, nowMs)).toBe(true);
    expect(await replaceCampaign(aws.db, campaign, { campaign: renamed, content: textContent }, nowMs)).toBe(false);
    expect(await findCampaign(aws.db, campaign)).toMatchObject({ name: "Autumn sale", revision: 2 });
  });

  it("tells of each change of status in the same transaction, of a resumption nothing", async () => {
    const campaign = await stored();
    await changeCampaign(aws.db, campaign, start);
    await changeCampaign(aws.db, campaign, { action: "pause", nowMs: nowMs + 1, reason: "requested" });
    await changeCampaign(aws.db, campaign, { action: "resume", nowMs: nowMs + 2 });
    const after = await changeCampaign(aws.db, campaign, { action: "cancel", nowMs: nowMs + 3 });
    expect(after.campaign).toMatchObject({ status: "cancelled", startedAt: isoTime(nowMs), pausedReason: null });
    expect(after.event?.event.data).toEqual(publicCampaign(after.campaign, after.content));
    expect(await eventsOf(campaign)).toEqual([
      { type: "campaign.started", status: "running", pausedReason: null },
      { type: "campaign.paused", status: "paused", pausedReason: "requested" },
      { type: "campaign.cancelled", status: "cancelled", pausedReason: null },
    ]);
  });

  it("changes once when many ask at once", async () => {
    const campaign = await stored();
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => changeCampaign(aws.db, campaign, start)));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await eventsOf(campaign)).toHaveLength(1);
  });

  it("is not completed while recipients are left", async () => {
    const campaign = await running(1);
    await expect(changeCampaign(aws.db, campaign, { action: "complete", nowMs })).rejects.toMatchObject({
      code: "invalid_transition",
    });
  });

  it("is seen by nobody any more once it is deleted, but is due to be erased", async () => {
    const campaign = await stored();
    expect(await markDeleted(aws.db, campaign, isoTime(nowMs))).toBe(true);
    expect(await findCampaign(aws.db, campaign)).toBeUndefined();
    expect((await listCampaigns(aws.db, campaign.tenantId, { limit: 10, cursors })).data).toEqual([]);
    const due = await dueCampaigns(aws.db, nowMs + 600_000, 100);
    expect(due.find(({ id }) => id === campaign.id)).toMatchObject({ deletedAt: isoTime(nowMs) });
  });
});

describe("the campaigns that are due", () => {
  const isDue = async (campaign: StoredCampaign, atMs: number) =>
    (await dueCampaigns(aws.db, atMs, 100)).some(({ id }) => id === campaign.id);

  it("are those scheduled for now, until they start, and those whose recipients are not made in time", async () => {
    const scheduledAt = isoTime(nowMs + 60_000);
    const campaign = await stored({ status: "scheduled", scheduledAt });
    expect(await isDue(campaign, nowMs + 59_999)).toBe(false);
    expect(await isDue(campaign, nowMs + 60_000)).toBe(true);
    await changeCampaign(aws.db, campaign, { ...start, nowMs: nowMs + 60_000 });
    expect(await isDue(campaign, nowMs + 61_000)).toBe(false);
    expect(await isDue(campaign, nowMs + 600_000)).toBe(true);
    await changeCampaign(aws.db, campaign, { action: "pause", nowMs, reason: "requested" });
    expect(await isDue(campaign, nowMs + 600_000)).toBe(false);
  });
});

describe("a campaign that goes on", () => {
  it("is put before the pacer in the transaction that resumes it", async () => {
    const campaign = await running(2);
    const paced = { tenantId: campaign.tenantId, sessionId: campaign.sessionId };
    await changeCampaign(aws.db, campaign, { action: "pause", nowMs, reason: "requested" });
    expect(await findPace(aws.db, paced)).toBeUndefined();
    await changeCampaign(aws.db, campaign, { action: "resume", nowMs });
    expect(await findPace(aws.db, paced)).toMatchObject({ campaigns: new Set([campaign.id]), wakeAtMs: nowMs });
  });
});

describe("a recipient", () => {
  it("moves with the counts of its campaign, is found by its message, and is taken once", async () => {
    const campaign = await running(3);
    const [first] = await nextPending(aws.db, campaign, { firstContact: true, limit: 1 });
    if (first === undefined) throw new Error("nobody is pending");
    const messageId = recipientMessageId(campaign, first.position, nowMs);
    const queued = { recipient: first, status: "queued", fields: { messageId }, whileRunning: true } as const;
    await transact(aws.db, recipientStepItems(aws.db, queued));
    const again = transact(aws.db, recipientStepItems(aws.db, queued));
    await expect(again.catch(failedConditions)).resolves.toEqual([1]);
    expect(await recipientOfMessage(aws.db, campaign, messageId)).toMatchObject({ position: 0, status: "queued" });
    expect(await recipientOfMessage(aws.db, campaign, newId("msg", nowMs))).toBeUndefined();
    expect((await findCampaign(aws.db, campaign))?.stats).toMatchObject({ total: 3, pending: 2, queued: 1 });
    const [next] = await nextPending(aws.db, campaign, { firstContact: true, limit: 1 });
    expect(next?.position).toBe(1);
    expect(await nextPending(aws.db, campaign, { firstContact: false, limit: 1 })).toEqual([]);
  });

  it("is not taken from a campaign that is paused", async () => {
    const campaign = await running(1);
    await changeCampaign(aws.db, campaign, { action: "pause", nowMs, reason: "requested" });
    const recipient = pendingRecipient(campaign, 0);
    const items = recipientStepItems(aws.db, { recipient, status: "queued", whileRunning: true });
    await expect(transact(aws.db, items).catch(failedConditions)).resolves.toEqual([0]);
  });

  it("counts as having replied once", async () => {
    const campaign = await running(1);
    const ref = { tenantId: campaign.tenantId, campaignId: campaign.id, position: 0 };
    await transact(aws.db, replyItems(aws.db, ref, isoTime(nowMs)));
    const again = transact(aws.db, replyItems(aws.db, ref, isoTime(nowMs + 1)));
    await expect(again.catch(failedConditions)).resolves.toEqual([1]);
    expect(await findCampaign(aws.db, campaign)).toMatchObject({ replied: 1 });
    expect(await findRecipient(aws.db, ref)).toMatchObject({ repliedAt: isoTime(nowMs) });
  });

  it("is listed with the others in the order of the audience, or by its status", async () => {
    const campaign = await running(5);
    const recipient = pendingRecipient(campaign, 3);
    await transact(
      aws.db,
      recipientStepItems(aws.db, { recipient, status: "skipped", fields: { reason: "opted_out" } }),
    );
    const positions = async (status?: "pending" | "skipped") => {
      const found: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await listRecipients(aws.db, campaign, { limit: 2, status, cursor, cursors });
        found.push(...page.data.map(({ position }) => position));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    };
    expect(await positions()).toEqual([0, 1, 2, 3, 4]);
    expect(await positions("pending")).toEqual([0, 1, 2, 4]);
    expect(await positions("skipped")).toEqual([3]);
  });
});
