import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { Stage } from "./stage.ts";
import type { TestSession } from "./test-session.ts";

const owner = "15550000001";
const friend = "15551112222";
/** More than two windows; `OFFLINE_QUEUE_SIZE=10000` shows the same for a queue of a long outage. */
const size = Number(process.env.OFFLINE_QUEUE_SIZE ?? 220);
const timeoutMs = 60_000 + size * 30;

describe("mail that waited while a session was away", () => {
  let stage: Stage;
  let session: TestSession;

  beforeAll(async () => {
    stage = await Stage.open({ offlineStallMs: 1_000 });
    await stage.control.createPhone(friend, "Friend");
    session = await stage.linked(owner);
  }, timeoutMs);

  afterAll(() => stage.close());

  it(
    "arrives whole and in order, window by window, and before what is new",
    async () => {
      await session.socket?.close();
      const texts = Array.from({ length: size }, (_, place) => `waited ${place}`);
      for (const text of texts) await stage.control.say(friend, owner, text);
      await session.connected();
      await stage.control.say(friend, owner, "new");
      const reading = new AbortController();
      session.read(reading.signal);
      await eventually("the new message", () => session.texts().includes("new"), timeoutMs);
      reading.abort();
      expect(session.texts()).toEqual([...texts, "new"]);
    },
    timeoutMs,
  );

  it("is asked for on a new connection where WhatsApp stops giving it out", async () => {
    await session.socket?.close();
    await stage.control.say(friend, owner, "held back");
    await stage.control.fault({ number: owner, kind: "offline_stall" });
    const closes = session.closes.length;
    await session.connected();
    const cause = await session.closed("connection_lost", closes);
    expect(cause.detail).toContain("offline queue");
    await stage.control.clearFaults();
    await session.connected();
    const reading = new AbortController();
    session.read(reading.signal);
    await session.text("held back");
    reading.abort();
  });
});
