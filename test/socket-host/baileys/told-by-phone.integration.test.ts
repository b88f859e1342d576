import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { Stage } from "./stage.ts";
import type { TestSession } from "./test-session.ts";

const owner = "15550000001";
const friend = "15551112222";
const ad = {
  sourceUrl: "https://fb.me/abc",
  sourceId: "120200000000000000",
  headline: "Two for one",
  body: "This week alone",
  ctwaClid: "AfeXYZ",
};

describe("a message that only the phone can read", () => {
  let stage: Stage;
  let session: TestSession;
  const reading = new AbortController();

  beforeAll(async () => {
    stage = await Stage.open();
    await stage.control.createPhone(friend, "Friend");
    session = await stage.linked(owner);
    session.read(reading.signal);
  });

  afterAll(async () => {
    reading.abort();
    await stage.close();
  });

  const write = (body: object) => stage.control.ok("POST", `/phones/${friend}/messages`, { to: owner, ...body });

  it("from an ad is told by the phone, with the ad it came from", async () => {
    const { id } = (await write({ text: "is it still there?", onlyPhone: true, ad })) as { id: string };
    const entry = await session.text("is it still there?");
    const { sourceUrl, sourceId, headline, body, ctwaClid } = ad;
    expect(entry).toMatchObject({
      waMessageId: id,
      fromMe: false,
      chat: `${friend}@s.whatsapp.net`,
      pushName: "Friend",
      content: { referral: { sourceUrl, sourceId, sourceType: "ad", headline, body, ctwaClid } },
    });
    expect(session.received.filter(({ waMessageId }) => waMessageId === id)).toHaveLength(1);
  });

  it("since every resend is broken too is told by the phone, at the place where it arrived", async () => {
    await stage.control.fault({ number: owner, kind: "corrupt", count: 10 });
    await write({ text: "broken" });
    const entry = await session.text("broken");
    await stage.control.clearFaults();
    await write({ text: "after it" });
    const next = await session.text("after it");
    expect(entry.place).toBeLessThan(next.place ?? 0);
  });

  it("is told by the phone once it is back, though it was said to be unreadable meanwhile", async () => {
    await session.socket?.close();
    await session.connected({ undecryptableAfterMs: 100 });
    session.read(reading.signal);
    await stage.control.change(owner, { online: false });
    await write({ text: "later", onlyPhone: true });
    await eventually("it is given up", () => session.received.some(({ content }) => content.type === "undecryptable"));
    await stage.control.change(owner, { online: true });
    await session.text("later");
  });
});
