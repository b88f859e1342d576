import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listChats } from "../../domain/chat/listing.ts";
import { cursorsFor } from "../../domain/page.ts";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";
import { trustMediaHost } from "./trust-media-host.ts";

const startMs = Date.parse("2026-01-01T00:00:00.000Z");

describe("what a phone tells of its past", () => {
  let stage: HostStage;

  beforeAll(async () => {
    stage = await HostStage.open();
    trustMediaHost(stage.stage.whatsapp);
  });

  afterAll(() => stage.close());

  /** Texts of a chat, one a minute, every third the owner's own. */
  async function past(owner: string, peer: string, count: number): Promise<string[]> {
    const messages = Array.from({ length: count }, (_, place) => ({
      text: `text ${place}`,
      fromMe: place % 3 === 0,
      at: new Date(startMs + place * 60_000).toISOString(),
    }));
    const body = { with: peer, messages };
    return ((await stage.control.ok("POST", `/phones/${owner}/history`, body)) as { ids: string[] }).ids;
  }

  const rowsOf = async (session: Session) =>
    (await stage.items("messages")).filter(({ sessionId, waMessageId }) => sessionId === session.id && waMessageId);
  const chats = async (session: Session) =>
    (await listChats(stage.db, session, { limit: 20, cursors: cursorsFor("key", []), nowMs: Date.now() })).data;
  const historyLeft = async () => (await stage.items("keys")).filter(({ sk }) => String(sk).startsWith("history#"));

  /** The notices of history go when all they tell of is stored; looking for that costs less than counting messages. */
  async function untilStored(session: Session, count: number): Promise<void> {
    const isTold = async () => {
      const [some] = (await chats(session)).filter(({ name }) => name !== null);
      return some !== undefined && (await historyLeft()).length === 0;
    };
    await eventually("all of it to be stored", isTold, 90_000);
    await eventually("every message", async () => (await rowsOf(session)).length === count);
  }

  it("is stored once, page by page readable, without events and with nothing unread", {
    timeout: 120_000,
  }, async () => {
    const [owner, peer, quiet] = ["15550000071", "15551112271", "15551112272"] as const;
    for (const [number, name] of [
      [owner, "Owner"],
      [peer, "Peer"],
      [quiet, "Quiet"],
    ] as const)
      await stage.control.createPhone(number, name);
    await past(owner, peer, 1_500);
    await past(owner, quiet, 3);
    const host = await stage.host();
    const session = await stage.scan(await stage.createSession(), owner);
    await untilStored(session, 1_503);
    const newest = await stage.history(session, jidOf(peer));
    expect(newest.slice(0, 3).map(({ text, direction, status, source }) => [text, direction, status, source])).toEqual([
      ["text 1499", "inbound", "read", "phone"],
      ["text 1498", "inbound", "read", "phone"],
      ["text 1497", "outbound", "read", "phone"],
    ]);
    expect(newest[1]?.createdAt).toBe(new Date(startMs + 1_498 * 60_000).toISOString());
    expect((await chats(session)).map(({ id, name, unreadCount }) => [id, name, unreadCount])).toEqual([
      [jidOf(peer), "Peer", 0],
      [jidOf(quiet), "Quiet", 0],
    ]);
    expect((await stage.events(session)).filter(({ type }) => type.startsWith("message."))).toEqual([]);
    await stage.stop(host);
  });

  it("is taken up again by the next owner where a crash cut it short", { timeout: 120_000 }, async () => {
    const [owner, peer] = ["15550000072", "15551112273"] as const;
    await stage.control.createPhone(owner, "Owner");
    await stage.control.createPhone(peer, "Peer");
    await past(owner, peer, 800);
    const first = await stage.host();
    const session = await stage.scan(await stage.createSession(), owner);
    await eventually("a part of it", async () => (await rowsOf(session)).length > 50, 60_000);
    await stage.kill(first);
    const before = (await rowsOf(session)).length;
    expect(before).toBeLessThan(800);
    const next = await stage.host();
    await untilStored(session, 800);
    await stage.stop(next);
  });

  it("shows what people thought of a message, and goes on with what they think of it now", async () => {
    const [owner, peer] = ["15550000074", "15551112275"] as const;
    await stage.control.createPhone(owner, "Owner");
    await stage.control.createPhone(peer, "Peer");
    const at = new Date(startMs).toISOString();
    const reactions = [{ emoji: "👍" }, { emoji: "🎂", fromMe: true }];
    const messages = [{ text: "what a day", at, id: "3A00", reactions }];
    await stage.control.ok("POST", `/phones/${owner}/history`, { with: peer, messages });
    const host = await stage.host();
    const session = await stage.scan(await stage.createSession(), owner);
    await untilStored(session, 1);
    const shown = async () => (await stage.history(session, jidOf(peer)))[0]?.reactions ?? [];
    const { lid } = await stage.control.phone(peer);
    expect(await shown()).toEqual([
      { emoji: "🎂", from: expect.objectContaining({ phone: `+${owner}` }), at },
      { emoji: "👍", from: { id: jidOf(peer), phone: `+${peer}`, lid, name: null }, at },
    ]);
    const reaction = { messageId: "3A00", emoji: "❤️" };
    await stage.control.ok("POST", `/phones/${peer}/messages`, { to: owner, reaction });
    await eventually("the person's new reaction instead of the old", async () => {
      const emojis = (await shown()).map(({ emoji }) => emoji);
      return emojis.length === 2 && emojis.includes("❤️") && !emojis.includes("👍");
    });
    await stage.stop(host);
  });

  it("shows what a message answers, also where that is told later, and what an edited one says now", async () => {
    const [owner, peer] = ["15550000075", "15551112276"] as const;
    await stage.control.createPhone(owner, "Owner");
    await stage.control.createPhone(peer, "Peer");
    const write = async (from: string, to: string, text: string, quotedId?: string) => {
      const body = { to, text, ...(quotedId === undefined ? {} : { quotedId }) };
      const { id } = (await stage.control.ok("POST", `/phones/${from}/messages`, body)) as { id: string };
      await eventually("the text at the other phone", async () =>
        (await stage.control.messages(to)).some(message => message.id === id),
      );
      return id;
    };
    const question = await write(peer, owner, "who comes?");
    for (let place = 0; place < 10; place++) await write(peer, owner, `more ${place}`);
    const answer = await write(owner, peer, "I do", question);
    const typo = await write(owner, peer, "tomorow", answer);
    await stage.control.ok("POST", `/phones/${owner}/edit`, { id: typo, text: "tomorrow" });
    const host = await stage.host();
    const session = await stage.scan(await stage.createSession(), owner);
    await untilStored(session, 13);
    const byId = new Map((await stage.history(session, jidOf(peer))).map(message => [message.waMessageId, message]));
    expect(byId.size).toBe(13);
    expect(byId.get(typo)).toMatchObject({ text: "tomorrow", editedAt: expect.any(String) });
    await eventually("what they answer", async () => {
      const messages = await stage.history(session, jidOf(peer));
      const answers = new Map(messages.map(({ waMessageId, quotedMessageId }) => [waMessageId, quotedMessageId]));
      return answers.get(answer) === byId.get(question)?.id && answers.get(typo) === byId.get(answer)?.id;
    });
    await stage.stop(host);
  });

  it("is, for a second device of the phone, what the first one lived through", async () => {
    const [owner, peer] = ["15550000073", "15551112274"] as const;
    await stage.control.createPhone(peer, "Peer");
    const host = await stage.host();
    const session = await stage.linked(owner);
    await stage.control.say(peer, owner, "to the first");
    const sent = await stage.accept(session, peer, "from the first");
    await stage.untilMessage(sent, "delivered");
    await eventually("both", async () => (await rowsOf(session)).length === 2);
    const second = await stage.scan(await stage.createSession(), owner);
    await untilStored(second, 2);
    const texts = (await stage.history(second, jidOf(peer))).map(({ text, direction }) => [text, direction]);
    expect(texts.sort()).toEqual([
      ["from the first", "outbound"],
      ["to the first", "inbound"],
    ]);
    await stage.stop(host);
  });
});
