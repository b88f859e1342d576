import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { listRecipients } from "../../../domain/campaign/recipient-store.ts";
import { isoTime } from "../../../domain/clock.ts";
import { newContact, patchedContact } from "../../../domain/contact/change.ts";
import { contactRef } from "../../../domain/contact/contact.ts";
import { findContact, saveContact } from "../../../domain/contact/store.ts";
import type { EventType, WasaasEvent } from "../../../domain/event/event.ts";
import { sessionEvent } from "../../../domain/event/log.ts";
import { newId } from "../../../domain/id.ts";
import { openLog } from "../../../domain/log.ts";
import { type Message, StoredMessage } from "../../../domain/message/message.ts";
import { findMessage } from "../../../domain/message/store.ts";
import { outboxHead } from "../../../domain/outbox/store.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { follow } from "../../../functions/campaign-progress/follow.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { PacingStage } from "../campaign-pacer/pacing-stage.ts";

const [second, minute, day] = [1_000, 60_000, 86_400_000];
const morning = Date.parse("2026-11-23T08:00:00.000Z");
const unlimited = { firstContactsPerDay: null };
const cursors = cursorsFor("key of the tenant", ["campaigns"]);

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

/** A stage whose session sends nothing by itself: what becomes of messages is told by events alone. */
async function silentStage(): Promise<PacingStage> {
  const stage = new PacingStage(aws, morning);
  await stage.connect(unlimited);
  return stage;
}

function follows(stage: PacingStage, event: WasaasEvent): Promise<void> {
  return follow(
    {
      db: aws.db,
      announcer: { announce: () => Promise.resolve() },
      events: { tell: () => Promise.resolve() },
      now: () => stage.nowMs,
      log: openLog({ name: "test", level: "silent" }),
    },
    event,
  );
}

function eventOf(stage: PacingStage, type: EventType, data: WasaasEvent["data"], cause = newId("msg", 1)): WasaasEvent {
  const session = { id: stage.sessionId, tenantId: stage.tenantId, metadata: {} };
  return sessionEvent(session, 1, { type, cause: [cause], data }, stage.nowMs);
}

/** What a person of a campaign writes. */
function said(stage: PacingStage, place: number, text: string, atMs = stage.nowMs): WasaasEvent {
  const number = `55119${10_000_000 + place}`;
  const id = newId("msg", atMs);
  const message: Partial<Message> = {
    ...{ id, sessionId: stage.sessionId, direction: "inbound", source: "phone", type: "text", text, media: null },
    chatId: `${number}@s.whatsapp.net`,
    from: { id: `${number}@s.whatsapp.net`, phone: `+${number}`, lid: null, name: "Ana" },
    ...{ status: "received", error: null, campaignId: null, quotedMessageId: null, to: null, priority: null },
    ...{ waMessageId: `3EB0${id}`, metadata: {}, reactions: [], editedAt: null, deletedAt: null },
    ...{ createdAt: isoTime(atMs), updatedAt: isoTime(atMs) },
  };
  return eventOf(stage, "message.received", message as WasaasEvent["data"], id);
}

/** The events of each recipient's message in a status, by position. */
async function newsOf(
  stage: PacingStage,
  campaign: StoredCampaign,
  status: "sent" | "delivered" | "read" | "failed",
  detail = "479",
) {
  const { data } = await listRecipients(aws.db, campaign, { limit: 100, cursors });
  const error = status === "failed" ? { code: "rejected", message: "refused", detail } : null;
  return data.flatMap(({ messageId, jid }) => {
    if (messageId === null) return [];
    const { data: blank } = said(stage, 0, "Hello");
    const of = { id: messageId, chatId: jid, campaignId: campaign.id, direction: "outbound", source: "campaign" };
    const news = { ...blank, ...of, status, error };
    return [eventOf(stage, `message.${status}`, news, messageId)];
  });
}

/** What waits in the outbox for a person, newest last. */
async function waiting(stage: PacingStage, lane: "normal" | "low" = "normal"): Promise<(string | null)[]> {
  const owner = { tenantId: stage.tenantId, id: stage.sessionId };
  const rows = (await outboxHead(aws.db, owner, lane, 25)).filter(row => row.type === "message.send");
  const messages = rows.map(row => {
    const chatKey = StoredMessage.shape.chatKey.parse(row.chatKey);
    return findMessage(aws.db, { ...owner, sessionId: stage.sessionId, chatKey, id: row.messageId });
  });
  return (await Promise.all(messages)).map(message => message?.text ?? null);
}

async function campaignGotBy(stage: PacingStage, people: number): Promise<StoredCampaign> {
  const campaign = await stage.campaign(people);
  await stage.pass(people * 3 * second);
  return campaign;
}

describe("the recipients of a campaign", () => {
  it("stand where their messages do, whatever is told twice, late or in another order", async () => {
    const stage = await silentStage();
    const campaign = await campaignGotBy(stage, 4);
    const [sent, delivered, read] = [
      await newsOf(stage, campaign, "sent"),
      await newsOf(stage, campaign, "delivered"),
      await newsOf(stage, campaign, "read"),
    ];
    const told = [read[0], sent[0], delivered[1], delivered[1], sent[1], sent[2], sent[3], delivered[0], sent[2]];
    for (const event of told) if (event !== undefined) await follows(stage, event);
    await Promise.all([delivered[3], delivered[3], read[3], sent[3]].map(event => event && follows(stage, event)));
    const { stats, status } = await stage.seen(campaign);
    expect(stats).toEqual({ total: 4, pending: 0, queued: 0, sent: 1, delivered: 1, read: 2, failed: 0, skipped: 0 });
    expect(status).toBe("completed");
  });

  it("count once as having replied, to each campaign of the last thirty days", async () => {
    const stage = await silentStage();
    const [first, second_] = [await campaignGotBy(stage, 2), await campaignGotBy(stage, 2)];
    const reply = said(stage, 0, "How much is it?");
    await Promise.all([follows(stage, reply), follows(stage, reply), follows(stage, said(stage, 0, "Hello?"))]);
    await follows(stage, said(stage, 77, "I got nothing"));
    stage.nowMs += 31 * day;
    await follows(stage, said(stage, 1, "Sorry, I was away"));
    expect([(await stage.seen(first)).replied, (await stage.seen(second_)).replied]).toEqual([1, 1]);
  });
});

describe("a campaign pauses itself, to be resumed by hand", () => {
  it("when five messages fail one after the other, and not again for what failed before it was resumed", async () => {
    const stage = await silentStage();
    const campaign = await stage.campaign(30);
    await stage.pass(12 * second);
    stage.sendsAfterMs = undefined;
    stage.fate = () => "failed";
    stage.sendsAfterMs = 500;
    await stage.pass(20 * second);
    const failed = await newsOf(stage, campaign, "failed");
    for (const event of failed.slice(5)) await follows(stage, event);
    expect(await stage.seen(campaign)).toMatchObject({ status: "paused", pausedReason: "repeated_failures" });
    stage.nowMs += minute;
    await stage.change(campaign, { action: "resume", nowMs: stage.nowMs });
    for (const event of failed) await follows(stage, event);
    expect(await stage.seen(campaign)).toMatchObject({ status: "running", pausedReason: null, failuresInRow: 0 });
  });

  it("at the first message to a person that is refused as forbidden, not at one to a group", async () => {
    const stage = await silentStage();
    stage.sendsAfterMs = undefined;
    const campaign = await stage.campaign([{ jid: "120363041234567890@g.us" }, {}]);
    await stage.pass(second);
    for (const event of await newsOf(stage, campaign, "failed", "403")) await follows(stage, event);
    expect((await stage.seen(campaign)).status).toBe("running");
    const other = await silentStage();
    other.sendsAfterMs = undefined;
    const forbidden = await other.campaign(2);
    await other.pass(second);
    for (const event of await newsOf(other, forbidden, "failed", "403")) await follows(other, event);
    expect(await other.seen(forbidden)).toMatchObject({ status: "paused", pausedReason: "restricted" });
  });

  it.each([
    ["session.disconnected", { lastDisconnect: { reason: "banned" } }, "banned"],
    ["session.disconnected", { lastDisconnect: { reason: "logged_out" } }, "session_disconnected"],
    ["session.deleted", {}, "session_deleted"],
  ] as const)("on %s with %j, which comes again after that in vain", async (type, data, pausedReason) => {
    const stage = await silentStage();
    const campaigns = [await stage.campaign(5), await stage.campaign(5)];
    await stage.pass(4 * second);
    const event = eventOf(stage, type, data);
    await follows(stage, event);
    for (const campaign of campaigns) {
      expect(await stage.seen(campaign)).toMatchObject({ status: "paused", pausedReason });
    }
    stage.nowMs += minute;
    await stage.change(campaigns[0] as StoredCampaign, { action: "resume", nowMs: stage.nowMs });
    await follows(stage, event);
    expect((await stage.seen(campaigns[0] as StoredCampaign)).status).toBe("running");
  });
});

describe("a word that opts out", () => {
  const contactOf = (stage: PacingStage, place: number) =>
    findContact(aws.db, contactRef(stage.tenantId, `+55119${10_000_000 + place}`));

  it("makes the contact, opts it out and confirms it once, however often it is said or told", async () => {
    const stage = await silentStage();
    await campaignGotBy(stage, 1);
    const stop = said(stage, 0, " Stop ");
    await Promise.all([follows(stage, stop), follows(stage, stop)]);
    await follows(stage, stop);
    stage.nowMs += second;
    await follows(stage, said(stage, 0, "STOP"));
    expect(await contactOf(stage, 0)).toMatchObject({ optedOut: true, phoneNumber: "+5511910000000" });
    expect(await waiting(stage)).toEqual(["You will get no more messages from us. Send START to get them again."]);
  });

  it("is nothing to a chat that got no campaign, or none for thirty days, or in a longer sentence", async () => {
    const stage = await silentStage();
    await campaignGotBy(stage, 2);
    await follows(stage, said(stage, 5, "STOP"));
    await follows(stage, said(stage, 0, "Please stop"));
    await follows(stage, said(stage, 1, "STOP", stage.nowMs + 31 * day));
    await follows(stage, said(stage, 1, "STOP", morning - minute));
    for (const place of [0, 1, 5]) expect((await contactOf(stage, place))?.optedOut ?? false).toBe(false);
    expect(await waiting(stage)).toEqual([]);
  });

  it("is undone by START in the same chat, and by a customer: the word told again later changes neither", async () => {
    const stage = await silentStage();
    await campaignGotBy(stage, 2);
    const stop = said(stage, 0, "baja");
    await follows(stage, stop);
    stage.nowMs += second;
    await follows(stage, said(stage, 0, "START"));
    await follows(stage, stop);
    expect((await contactOf(stage, 0))?.optedOut).toBe(false);

    const other = said(stage, 1, "SAIR");
    await follows(stage, other);
    const change = { cause: "customer", nowMs: stage.nowMs };
    const ref = contactRef(stage.tenantId, "+5511910000001");
    await saveContact(aws.db, ref, change, before => before && patchedContact(before, { optedOut: false }, change));
    await follows(stage, other);
    expect((await contactOf(stage, 1))?.optedOut).toBe(false);
    expect(await waiting(stage)).toHaveLength(2);
  });

  it("START does not opt in whom the customer opted out", async () => {
    const stage = await silentStage();
    await campaignGotBy(stage, 1);
    const change = { cause: "customer", nowMs: stage.nowMs };
    const number = "+5511910000000";
    await saveContact(aws.db, contactRef(stage.tenantId, number), change, () =>
      newContact(stage.tenantId, number, { optedOut: true }, change),
    );
    await follows(stage, said(stage, 0, "START"));
    expect((await contactOf(stage, 0))?.optedOut).toBe(true);
  });
});
