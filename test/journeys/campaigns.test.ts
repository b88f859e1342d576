import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { Campaigner, fastest, type SeenCampaign } from "./campaigner.ts";
import type { Customer } from "./customer.ts";
import { type JourneyProduct, onSharedProduct } from "./journey-product.ts";
import { wasaas } from "./product.ts";
import type { Simulator } from "./simulator.ts";

let product: JourneyProduct;
let customer: Customer;
let whatsapp: Simulator;
let campaigns: Campaigner;
onSharedProduct(async fresh => {
  product = fresh;
  ({ customer, whatsapp } = product);
  campaigns = await Campaigner.linked(customer, whatsapp, "15550002100");
});

const person = (place: number) => `1555111${String(2_200 + place)}`;
const inline = (...places: number[]) => ({
  recipients: places.map(place => ({ to: `+${person(place)}`, variables: { name: `No ${place}` } })),
});

async function phones(...places: number[]): Promise<void> {
  for (const place of places) await whatsapp.phone(person(place), { readsMessages: true });
}

async function texts(place: number): Promise<(string | null)[]> {
  return (await whatsapp.received(person(place))).map(({ text }) => text);
}

/** Waits until somebody is a contact that has opted out. */
const optedOut = (place: number) =>
  eventually("the contact to have opted out", async () => {
    const { data } = await customer.client.GET("/api/contacts", { params: { query: { search: `+${person(place)}` } } });
    return data?.data.some(({ optedOut }) => optedOut);
  });

/** Its recipients are made, and the first of them is not pending any more. */
const hasBegun = ({ stats }: SeenCampaign) => stats.pending > 0 && stats.pending < stats.total;
const isOver = ({ status }: { status: string }) => status === "completed";

describe("a campaign", () => {
  it("reaches each person with words of their own, is followed until they read and answer, and is completed", async () => {
    await phones(1, 2, 3);
    const id = await campaigns.start({ text: "Hello {{name}}", audience: inline(1, 2, 3, 1) });
    await campaigns.that("the campaign to be completed", id, isOver);
    for (const place of [1, 2, 3]) expect(await texts(place)).toEqual([`Hello No ${place}`]);
    await whatsapp.say(person(2), "15550002100", "How much is it?");
    await whatsapp.say(person(2), "15550002100", "Hello?");
    const seen = await campaigns.that(
      "all to have read it",
      id,
      ({ stats, replied }) => stats.read === 3 && replied === 1,
    );
    expect(seen.stats).toEqual({
      total: 4,
      pending: 0,
      queued: 0,
      sent: 0,
      delivered: 0,
      read: 3,
      failed: 0,
      skipped: 1,
    });
    const told = await eventually("the event of its end", async () => {
      const events = await campaigns.events("campaign.completed");
      return events.length > 0 && events;
    });
    expect(told.map(event => event.data.id)).toEqual([id]);
  });

  it("is paused and resumed by hand, and nobody gets it twice", async () => {
    await phones(11, 12, 13, 14, 15);
    const audience = inline(11, 12, 13, 14, 15);
    await campaigns.limit({ campaignMessagesPerMinute: 4 });
    const id = await campaigns.start({ text: "Slow {{name}}", audience });
    await campaigns.that("the first to be sent", id, hasBegun);
    await campaigns.change(id, "pause");
    const paused = await campaigns.that("nothing to be under way", id, ({ stats }) => stats.queued === 0);
    expect([paused.status, paused.pausedReason]).toEqual(["paused", "requested"]);
    expect(paused.stats.pending).toBeGreaterThan(0);
    await campaigns.limit(fastest);
    await campaigns.change(id, "resume");
    await campaigns.that("the campaign to be completed", id, isOver, 120_000);
    for (const place of [11, 12, 13, 14, 15]) expect(await texts(place)).toEqual([`Slow No ${place}`]);
  });

  it("goes once to a person whom the audience names by number and by LID, though nobody knew that they are one", async () => {
    const [first, second] = [await whatsapp.phone(person(21)), await whatsapp.phone(person(22))];
    const recipients = [first.lid, first.number, second.number, second.lid].map(to => ({ to }));
    const id = await campaigns.start({ text: "Only once", audience: { recipients } });
    const over = await campaigns.that("the campaign to be completed", id, isOver);
    expect(over.stats).toMatchObject({ total: 4, skipped: 2, failed: 0 });
    const reasons = (await campaigns.recipients(id)).map(({ reason }) => reason);
    expect(reasons).toEqual([null, "duplicate", null, "duplicate"]);
    for (const place of [21, 22]) expect(await texts(place)).toEqual(["Only once"]);
  });

  it("is overtaken by what is sent by itself", async () => {
    const places = Array.from({ length: 20 }, (_, place) => 30 + place);
    await phones(...places, 29);
    const id = await campaigns.start({ text: "Hi {{name}}", audience: inline(...places) });
    await campaigns.that("some to be sent", id, ({ stats }) => stats.sent + stats.delivered + stats.read > 1);
    const sent = await customer.send({ sessionId: campaigns.sessionId, to: person(29), text: "Your code is 1234" });
    await customer.messageThatIs("delivered", { ...sent, sessionId: campaigns.sessionId }).catch(async () => {
      await customer.messageThatIs("read", { ...sent, sessionId: campaigns.sessionId });
    });
    await campaigns.that("the campaign to be completed", id, isOver, 120_000);
    const events = await eventually("the log to show the end", async () => {
      const log = [...(await campaigns.events("message.queued")), ...(await campaigns.events("message.sent"))];
      return log.filter(event => event.data.campaignId === id).length >= 40 && log;
    });
    const places2 = events.filter(event => event.data.id === sent.id).map(({ sequence }) => sequence);
    const [accepted, gone] = [Math.min(...places2), Math.max(...places2)];
    const between = events.filter(
      ({ sequence, data: message }) =>
        message.campaignId === id && message.status === "sent" && accepted < sequence && sequence < gone,
    );
    // The one that was under way, and one that went beside it while it waited for WhatsApp's word.
    expect(between.length).toBeLessThanOrEqual(2);
  });
});

describe("a word that opts out", () => {
  it("after a campaign is confirmed once and heeded by later ones, until the person opts in again", async () => {
    await phones(51, 52);
    const before = await campaigns.start({ text: "First {{name}}", audience: inline(51, 52) });
    await campaigns.that("the campaign to be completed", before, isOver);
    await whatsapp.say(person(51), "15550002100", "  stop ");
    await whatsapp.say(person(51), "15550002100", "STOP");
    await whatsapp.receivedText(person(51), "You will get no more messages from us. Send START to get them again.");
    const refused = await customer.post("/api/messages/send", {
      sessionId: campaigns.sessionId,
      to: person(51),
      text: "!",
    });
    expect([refused.status, refused.body.code]).toEqual([422, "opted_out"]);
    const again = await campaigns.start({ text: "Second {{name}}", audience: inline(51, 52) });
    await campaigns.that("the campaign to be completed", again, isOver);
    const recipients = await campaigns.recipients(again);
    expect(recipients.map(({ reason }) => reason)).toEqual(["opted_out", null]);
    expect(await texts(51)).toHaveLength(2);
    await whatsapp.say(person(51), "15550002100", "START");
    await eventually("sends to be taken again", async () => {
      const answer = await customer.post("/api/messages/send", {
        sessionId: campaigns.sessionId,
        to: person(51),
        text: "Welcome back",
      });
      return answer.status === 202;
    });
    expect((await texts(52)).length).toBe(2);
  });

  it("in the middle of a campaign keeps back the rest of it for whoever said so, also with a word of the tenant's own", async () => {
    await phones(61, 62, 63);
    await wasaas(product.dataPath, "tenants", "set-opt-out-words", product.ready.tenantId, "enough, basta");
    const first = await campaigns.start({ text: "One {{name}}", audience: inline(63) });
    await campaigns.that("the campaign to be completed", first, isOver);
    await campaigns.limit({ campaignMessagesPerMinute: 4 });
    const id = await campaigns.start({ text: "Two {{name}}", audience: inline(61, 62, 63) });
    await campaigns.that("the first to be sent", id, hasBegun);
    await whatsapp.say(person(63), "15550002100", "Enough");
    await optedOut(63);
    await campaigns.limit(fastest);
    const over = await campaigns.that("the campaign to be completed", id, isOver, 120_000);
    expect(over.stats.skipped).toBe(1);
    expect((await campaigns.recipients(id)).map(({ reason }) => reason)).toEqual([null, null, "opted_out"]);
    expect(await texts(63)).toEqual(["One No 63", expect.stringContaining("START")]);
  });
});

describe("a session that WhatsApp restricts", () => {
  it("has its campaigns wait until it may write to new people again, and loses nobody", async () => {
    const restricted = await Campaigner.linked(customer, whatsapp, "15550002101");
    await phones(71, 72, 73);
    await whatsapp.call("POST", "/faults", { number: "15550002101", kind: "time_lock", ms: 15_000 });
    const id = await restricted.start({
      text: "Hello {{name}}",
      audience: inline(71, 72, 73),
      pace: { messagesPerMinute: 20, jitter: 0 },
    });
    const waits = await restricted.that("it to wait", id, ({ waiting }) => waiting?.reason === "session_restricted");
    expect([waits.status, waits.stats.failed]).toEqual(["running", 0]);
    const over = await restricted.that("the campaign to be completed", id, isOver, 120_000);
    expect(over.stats.failed).toBe(0);
  });
});
