import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { Stage } from "./stage.ts";
import { jid } from "./test-session.ts";

let stage: Stage;
let reading: AbortController;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  reading = new AbortController();
});
afterEach(() => reading.abort());

describe("a session", () => {
  it("is linked by a QR, says who it is, and comes back with its stored keys without another QR", async () => {
    const session = await stage.linked("15550000001");
    expect(session.paired).toBe(1);
    expect(session.opened).toMatchObject({ jid: jid("15550000001") });
    expect(session.opened?.lid).toMatch(/@lid$/);
    const qrs = session.qrs.length;
    await session.socket?.close();
    expect(session.closes.at(-1)?.kind).toBe("closed_by_us");
    await session.connected();
    expect(session.qrs).toHaveLength(qrs);
  });
});

describe("a text out", () => {
  it("reaches the phone once under the id that was given, is acknowledged, delivered and read", async () => {
    const session = await stage.linked("15550000002");
    await stage.control.createPhone("15550000003", "Bob");
    const id = await session.say(jid("15550000003"), "hello");
    await session.acked(id);
    const messages = await eventually("the phone has it", async () => {
      const all = await stage.control.messages("15550000003");
      return all.length > 0 && all;
    });
    expect(messages).toMatchObject([{ id, text: "hello", copies: 1 }]);
    await eventually("it is delivered", () => session.receipts.some(({ status }) => status === "delivered"));
    await stage.control.ok("POST", "/phones/15550000003/read", { ids: [id] });
    await eventually("both receipts", () => session.receipts.length >= 2);
    expect(session.receipts.map(({ status }) => status)).toEqual(["delivered", "read"]);
    expect(session.receipts[0]).toMatchObject({ waMessageIds: [id], participant: null });
    expect(session.people).toContainEqual(expect.objectContaining({ pn: jid("15550000003") }));
  });
});

describe("a text in", () => {
  it("is in the journal, with who said it to whom and when", async () => {
    const session = await stage.linked("15550000004");
    await stage.control.createPhone("15550000005", "Carol");
    session.read(reading.signal);
    const id = await stage.control.say("15550000005", "15550000004", "good morning");
    expect(await session.text("good morning")).toMatchObject({
      waMessageId: id,
      fromMe: false,
      chat: jid("15550000005"),
      chatLid: expect.stringMatching(/@lid$/),
      participant: null,
      pushName: "Carol",
      content: { type: "text", text: "good morning", quotedWaMessageId: null },
    });
  });

  it("is in the journal too when the session's own phone said it", async () => {
    const session = await stage.linked("15550000006");
    await stage.control.createPhone("15550000007", "Dave");
    session.read(reading.signal);
    await stage.control.say("15550000006", "15550000007", "from my phone");
    expect(await session.text("from my phone")).toMatchObject({ fromMe: true, chat: jid("15550000007") });
  });
});
