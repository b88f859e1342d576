import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newTenant, type StoredTenant } from "../../../domain/account/tenant.ts";
import { changeTenant, storeTenant } from "../../../domain/account/tenant-store.ts";
import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { nextDayMs } from "../../../domain/campaign/pacing.ts";
import { listRecipients } from "../../../domain/campaign/recipient-store.ts";
import { waitsOf } from "../../../domain/campaign/waiting.ts";
import { joinNames } from "../../../domain/chat/join.ts";
import { isoTime } from "../../../domain/clock.ts";
import { newContact } from "../../../domain/contact/change.ts";
import { contactRef } from "../../../domain/contact/contact.ts";
import { saveContact } from "../../../domain/contact/store.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { PacingStage } from "./pacing-stage.ts";

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
const morning = Date.parse("2026-11-23T08:00:00.000Z");
const unlimited = { firstContactsPerDay: null };

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

async function stageOf(limits: Parameters<PacingStage["connect"]>[0] = {}, startMs = morning): Promise<PacingStage> {
  const stage = new PacingStage(aws, startMs);
  await stage.connect(limits);
  return stage;
}

describe("a campaign that runs", () => {
  it("goes out at its session's pace, one message after the other in the audience's order, and is completed", async () => {
    const stage = await stageOf(unlimited);
    const campaign = await stage.campaign(10);
    await stage.pass(minute);
    expect(stage.accepted.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, n) => `Hello Person ${n}`));
    expect(stage.accepted.map(({ atMs }) => (atMs - morning) / second)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
    await stage.pass(2 * minute);
    const seen = await stage.seen(campaign);
    expect([seen.status, seen.stats]).toEqual([
      "completed",
      expect.objectContaining({ total: 10, sent: 10, pending: 0 }),
    ]);
  });

  it("goes at its own pace where that is lower, and never faster than twenty a minute with jitter", async () => {
    const slow = await stageOf(unlimited);
    await slow.campaign(5, { pace: { messagesPerMinute: 6, jitter: 0 } });
    await slow.pass(minute);
    expect(slow.accepted.map(({ atMs }) => (atMs - morning) / second)).toEqual([0, 10, 20, 30, 40]);
    const jittery = await stageOf(unlimited);
    await jittery.campaign(60, { pace: { messagesPerMinute: null, jitter: 1 } });
    await jittery.pass(2 * minute);
    expect(jittery.accepted.length).toBeGreaterThan(25);
    expect(jittery.accepted.length).toBeLessThan(56);
    expect(new Set(gapsOf(jittery)).size).toBeGreaterThan(2);
  });

  it("shares its session's pace with the session's other campaigns, in turn", async () => {
    const stage = await stageOf(unlimited);
    const [one, other] = [await stage.campaign(6), await stage.campaign(6)];
    await stage.pass(30 * second);
    expect(stage.accepted).toHaveLength(11);
    const ids = stage.accepted.map(({ campaignId }) => campaignId);
    expect(ids).toEqual(Array.from({ length: 11 }, (_, n) => (n % 2 === 0 ? ids[0] : ids[1])));
    expect(new Set(ids)).toEqual(new Set([one.id, other.id]));
  });

  it("accepts nothing while an earlier message of it waits, and does not catch up in a burst", async () => {
    const stage = await stageOf(unlimited);
    await stage.campaign(30);
    stage.sendsAfterMs = undefined;
    await stage.pass(3 * minute);
    expect(stage.accepted).toHaveLength(1);
    stage.sendsAfterMs = 500;
    await stage.pass(minute);
    expect(stage.accepted.length).toBeLessThanOrEqual(21);
    expect(Math.min(...gapsOf(stage).slice(1))).toBeGreaterThanOrEqual(2 * second);
  });

  it("accepts nothing while its session is away, and goes on at its pace within a minute of its return", async () => {
    const stage = await stageOf(unlimited);
    await stage.campaign(30);
    await stage.pass(10 * second);
    const before = stage.accepted.length;
    await stage.become("connecting");
    await stage.pass(hour);
    expect(stage.accepted.length).toBe(before);
    await stage.become("connected");
    await stage.pass(2 * minute);
    expect(stage.accepted.length - before).toBeGreaterThan(15);
    expect(stage.accepted.length - before).toBeLessThanOrEqual(41);
  });

  it("is as fast as its session may be, a second's worth of messages at a time", async () => {
    const stage = await stageOf({ ...unlimited, campaignMessagesPerMinute: 1_200 });
    await stage.campaign(60);
    await stage.pass(4 * second);
    expect(stage.accepted).toHaveLength(60);
    const bySecond = Map.groupBy(stage.accepted, ({ atMs }) => atMs);
    for (const [, messages] of bySecond) expect(messages.length).toBeLessThanOrEqual(21);
  });
});

describe("whatever happens to the ticks of a campaign", () => {
  it("nobody gets it twice and the pace is kept: each tick twice", async () => {
    const stage = await stageOf(unlimited);
    stage.ticksComeTwice = true;
    await stage.campaign(10);
    for (let more = 0; more < 5; more++) stage.ring();
    await stage.pass(minute);
    expect(new Set(stage.accepted.map(({ to }) => to)).size).toBe(10);
    expect(stage.accepted).toHaveLength(10);
    expect(Math.min(...gapsOf(stage))).toBeGreaterThanOrEqual(3 * second);
  });

  it("nobody gets it twice and the pace is kept: many pacers at once", async () => {
    const stage = await stageOf(unlimited);
    await stage.campaign(5);
    for (let turn = 1; turn <= 5; turn++) {
      await stage.race(6);
      expect(stage.accepted).toHaveLength(turn);
      stage.nowMs += 3 * second;
    }
    expect(new Set(stage.accepted.map(({ to }) => to)).size).toBe(5);
  });

  it("one that is lost is made up for by the sweep within two minutes", async () => {
    const stage = await stageOf(unlimited);
    const campaign = await stage.campaign(4);
    await stage.pass(4 * second);
    expect(stage.accepted).toHaveLength(2);
    stage.loseTicks();
    await stage.pass(2 * minute);
    expect(stage.accepted).toHaveLength(4);
    stage.loseTicks();
    await stage.pass(3 * minute);
    expect((await stage.seen(campaign)).status).toBe("completed");
  });
});

describe("a campaign that is not told what became of its messages", () => {
  it("asks them itself and is completed, also where a chat has become one with another since", async () => {
    const stage = await stageOf({ ...unlimited, campaignMessagesPerMinute: 6_000 });
    stage.campaignsAreTold = false;
    const [known, other] = ["4915100000001@s.whatsapp.net", "77001122@lid"] as const;
    const campaign = await stage.campaign([{ jid: known }, { jid: other }]);
    await stage.pass(minute);
    expect(stage.accepted).toHaveLength(2);
    await joinNames(aws.db, { tenantId: stage.tenantId, id: stage.sessionId }, { known, other });
    await stage.pass(3 * minute);
    expect(await stage.seen(campaign)).toMatchObject({ status: "completed", stats: { sent: 2 } });
  });
});

describe("a campaign that sends nothing for now", () => {
  const waitOf = async (stage: PacingStage, campaign: StoredCampaign) => {
    const seen = await stage.seen(campaign);
    return (await waitsOf(aws.db, [seen], stage.nowMs))(seen);
  };

  it("says until when its quiet hours hold it up", async () => {
    const stage = await stageOf(unlimited);
    const quietHours = { start: "07:00", end: "09:30", timeZone: "UTC" };
    const campaign = await stage.campaign(30, { quietHours });
    await stage.pass(minute);
    expect(await waitOf(stage, campaign)).toEqual({ reason: "quiet_hours", until: "2026-11-23T09:30:00.000Z" });
    await stage.pass(90 * minute);
    expect(stage.accepted.length).toBeGreaterThan(0);
    expect(await waitOf(stage, campaign)).toBeNull();
  });

  it("says that the day has no more room for first contacts", async () => {
    const stage = await stageOf({ firstContactsPerDay: 2 });
    const campaign = await stage.campaign(3);
    await stage.pass(2 * second);
    expect(await waitOf(stage, campaign)).toBeNull();
    await stage.pass(2 * minute);
    const waiting = { reason: "first_contacts", until: "2026-11-24T00:00:00.000Z" };
    expect(await waitOf(stage, campaign)).toEqual(waiting);
    await stage.change(campaign, { action: "pause", nowMs: stage.nowMs, reason: "requested" });
    expect(await waitOf(stage, campaign)).toBeNull();
  });

  it("says that its session is away", async () => {
    const stage = await stageOf(unlimited);
    await stage.become("connecting");
    const campaign = await stage.campaign(3);
    await stage.pass(5 * minute);
    expect(await waitOf(stage, campaign)).toEqual({ reason: "session_not_connected", until: null });
    await stage.become("connected");
    await stage.pass(2 * minute);
    expect([await waitOf(stage, campaign), (await stage.seen(campaign)).status]).toEqual([null, "completed"]);
  });
});

describe("a campaign of a tenant that is suspended", () => {
  it("sends nothing until the tenant is let in again", async () => {
    const stage = await stageOf(unlimited);
    const suspend = (status: StoredTenant["status"]) => changeTenant(aws.db, stage.tenantId, { status });
    const tenant = newTenant({ name: "Acme", plan: "pro" }, 1, "test", morning);
    await storeTenant(aws.db, { ...tenant, id: stage.tenantId });
    await stage.campaign(5);
    await stage.pass(4 * second);
    const accepted = stage.accepted.length;
    await suspend("suspended");
    await stage.pass(10 * minute);
    expect(stage.accepted).toHaveLength(accepted);
    await suspend("active");
    await stage.pass(2 * minute);
    expect(stage.accepted).toHaveLength(5);
  });
});

describe("quiet hours", () => {
  it("are kept day after day in the campaign's own time zone, over a change of the clocks", async () => {
    // Clocks go back in Berlin on 25 October 2026: until then 20:00 is 18:00 UTC, from then on 19:00.
    const startMs = Date.parse("2026-10-24T17:50:00.000Z");
    const stage = await stageOf({ ...unlimited, campaignMessagesPerMinute: 0.1 }, startMs);
    const quietHours = { start: "20:00", end: "09:00", timeZone: "Europe/Berlin" };
    await stage.campaign(70, { quietHours });
    await stage.pass(2 * day);
    const sent = stage.accepted.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 16));
    expect(sent.slice(0, 2)).toEqual(["2026-10-24T17:50", "2026-10-25T08:00"]);
    const evening = sent.filter(at => at.startsWith("2026-10-25"));
    expect(evening.at(-1)).toBe("2026-10-25T18:50");
    expect(sent.find(at => at.startsWith("2026-10-26"))).toBe("2026-10-26T08:00");
  });

  it("of one campaign do not hold up another one of the same session", async () => {
    const stage = await stageOf(unlimited);
    const quietHours = { start: "07:00", end: "09:00", timeZone: "UTC" };
    const quiet = await stage.campaign(3, { quietHours });
    const loud = await stage.campaign(3);
    await stage.pass(30 * minute);
    expect(stage.accepted.map(({ campaignId }) => campaignId)).toEqual([loud.id, loud.id, loud.id]);
    await stage.pass(32 * minute);
    expect(stage.accepted.slice(3).map(({ campaignId }) => campaignId)).toEqual([quiet.id, quiet.id, quiet.id]);
  });
});

/** Whatever is left of the day is skipped but for its last minutes: nothing happens in it but looks. */
async function overnight(stage: PacingStage): Promise<void> {
  stage.nowMs = nextDayMs(stage.nowMs) - 10 * minute;
  await stage.pass(hour);
}

describe("first contacts", () => {
  it("of a fresh session are ten a day; people it knows are written to all the same", async () => {
    const stage = await stageOf({ campaignMessagesPerMinute: 60 });
    const people = Array.from({ length: 40 }, (_, position) => ({ firstContact: position % 2 === 0 }));
    const campaign = await stage.campaign(people);
    await stage.pass(hour);
    const textsOf = () => stage.accepted.map(({ text }) => Number(text.split(" ").at(-1)));
    expect(textsOf().filter(position => position % 2 === 1)).toHaveLength(20);
    expect(textsOf().filter(position => position % 2 === 0)).toHaveLength(10);
    await overnight(stage);
    expect(textsOf()).toHaveLength(40);
    expect((await stage.seen(campaign)).status).toBe("completed");
    const firsts = stage.accepted.filter(({ text }) => Number(text.split(" ").at(-1)) % 2 === 0);
    expect(firsts.slice(10).every(({ atMs }) => atMs >= Date.parse("2026-11-24T00:00:00.000Z"))).toBe(true);
  });

  it("are shared by the session's campaigns, and more in its second week", async () => {
    const stage = await stageOf({ campaignMessagesPerMinute: 60 });
    await stage.campaign(12);
    await stage.campaign(
      Array.from({ length: 12 }, (_, place) => ({ jid: `55118${10_000_000 + place}@s.whatsapp.net` })),
    );
    for (let night = 0; night < 3; night++) await overnight(stage);
    stage.nowMs = morning + 7 * day;
    await stage.campaign(
      Array.from({ length: 25 }, (_, place) => ({ jid: `55117${10_000_000 + place}@s.whatsapp.net` })),
    );
    await stage.pass(hour);
    await overnight(stage);
    const byDay = Map.groupBy(stage.accepted, ({ atMs }) => new Date(atMs).toISOString().slice(0, 10));
    expect([...byDay.values()].map(({ length }) => length)).toEqual([10, 10, 4, 20, 5]);
  });
});

describe("a raised cap on first contacts", () => {
  it("is heeded within minutes", async () => {
    const stage = await stageOf({ firstContactsPerDay: 1 });
    await stage.campaign(5);
    await stage.pass(3 * minute);
    expect(stage.accepted).toHaveLength(1);
    await stage.limit(unlimited);
    await stage.pass(6 * minute);
    expect(stage.accepted).toHaveLength(5);
  });
});

describe("a campaign of a session that WhatsApp restricts", () => {
  it("writes to nobody new and says that it waits, and goes on by itself once that is over", async () => {
    const stage = await stageOf(unlimited);
    const until = isoTime(morning + hour);
    await stage.become("connected", { restricted: { reason: "locked", until } });
    const campaign = await stage.campaign(3);
    await stage.pass(minute);
    expect(stage.accepted).toEqual([]);
    const seen = await stage.seen(campaign);
    expect(seen.status).toBe("running");
    const waits = await waitsOf(aws.db, [seen], stage.nowMs);
    expect(waits(seen)).toEqual({ reason: "session_restricted", until });
    await stage.become("connected", { restricted: null });
    await stage.pass(hour);
    expect(stage.accepted).toHaveLength(3);
  });

  it("sends where the restriction is over, though nobody has said so", async () => {
    const stage = await stageOf(unlimited);
    await stage.become("connected", { restricted: { reason: "463", until: isoTime(morning) } });
    const started = isoTime(morning);
    await stage.campaign(3, { startedAt: started, updatedAt: started });
    await stage.pass(minute);
    expect(stage.accepted).toHaveLength(3);
  });
});

describe("a campaign's recipient whose turn comes", () => {
  it("is skipped as a duplicate where WhatsApp has said since that another recipient is the same person", async () => {
    const stage = await stageOf(unlimited);
    const [known, other] = ["551187654321@s.whatsapp.net", "5511987654321@s.whatsapp.net"] as const;
    const campaign = await stage.campaign([{ jid: known }, { jid: other }, {}]);
    await stage.pass(second);
    await joinNames(aws.db, { tenantId: stage.tenantId, id: stage.sessionId }, { known, other });
    await stage.pass(minute);
    expect(stage.accepted.map(({ to }) => to)).toHaveLength(2);
    expect((await stage.seen(campaign)).stats).toMatchObject({ total: 3, sent: 2, skipped: 1 });
    const page = await listRecipients(aws.db, campaign, { limit: 10, cursors: cursorsFor("key", []) });
    expect(page.data.map(({ reason }) => reason)).toEqual([null, "duplicate", null]);
  });

  it("is skipped where the person has opted out since the campaign began", async () => {
    const stage = await stageOf(unlimited);
    const campaign = await stage.campaign(3);
    const number = "+5511910000001";
    const change = { cause: "test", nowMs: morning };
    const { tenantId } = stage;
    await saveContact(aws.db, contactRef(tenantId, number), change, () =>
      newContact(tenantId, number, { optedOut: true }, change),
    );
    await stage.pass(minute);
    expect(stage.accepted.map(({ text }) => text)).toEqual(["Hello Person 0", "Hello Person 2"]);
    await stage.pass(2 * minute);
    const cursors = cursorsFor("key of the tenant", ["campaigns"]);
    const { data } = await listRecipients(aws.db, campaign, { limit: 10, cursors });
    expect(data.map(({ status, reason }) => [status, reason])).toEqual([
      ["sent", null],
      ["skipped", "opted_out"],
      ["sent", null],
    ]);
    expect((await stage.seen(campaign)).status).toBe("completed");
  });
});

describe("a campaign's recipient whom a customer opts out under another spelling of the number", () => {
  it("is skipped when the turn comes", async () => {
    const stage = await stageOf(unlimited);
    const campaign = await stage.campaign([{}, { jid: "5511987654321@s.whatsapp.net" }]);
    await stage.pass(second);
    const ref = contactRef(stage.tenantId, "+551187654321");
    const change = { cause: "opted out", nowMs: stage.nowMs };
    const contact = newContact(stage.tenantId, "+551187654321", { optedOut: true }, change);
    await saveContact(aws.db, ref, change, () => contact);
    await stage.pass(minute);
    expect(stage.accepted).toHaveLength(1);
    expect((await stage.seen(campaign)).stats).toMatchObject({ sent: 1, skipped: 1 });
  });
});

describe("a campaign that is paused", () => {
  it("sends nothing, and goes on where it was when it is resumed, beside the others", async () => {
    const stage = await stageOf(unlimited);
    const campaign = await stage.campaign(6);
    await stage.pass(4 * second);
    await stage.change(campaign, { action: "pause", reason: "requested", nowMs: stage.nowMs });
    await stage.pass(hour);
    expect(stage.accepted).toHaveLength(2);
    await stage.change(campaign, { action: "resume", nowMs: stage.nowMs });
    await stage.pass(minute);
    expect(stage.accepted.map(({ text }) => text)).toEqual(Array.from({ length: 6 }, (_, n) => `Hello Person ${n}`));
  });

  it.each([
    ["its session is logged out", "disconnected", "logged_out", "session_disconnected"],
    ["its session is banned", "disconnected", "banned", "banned"],
    ["its session is being deleted", "stopped", "replaced", "session_deleted"],
  ] as const)("by itself is one whose pacer finds that %s", async (_, status, reason, pausedReason) => {
    const stage = await stageOf(unlimited);
    const campaign = await stage.campaign(6);
    await stage.pass(4 * second);
    const lastDisconnect = { reason, statusCode: 401, at: new Date(stage.nowMs).toISOString() };
    await stage.become(status, { lastDisconnect });
    await stage.pass(minute);
    expect(await stage.seen(campaign)).toMatchObject({ status: "paused", pausedReason });
    expect(stage.accepted).toHaveLength(2);
  });
});

function gapsOf({ accepted }: PacingStage): number[] {
  return accepted.slice(1).map(({ atMs }, place) => atMs - (accepted[place]?.atMs ?? 0));
}
