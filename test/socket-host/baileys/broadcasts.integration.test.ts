import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stage } from "./stage.ts";
import type { TestSession } from "./test-session.ts";

const owner = "15550000001";
const friend = "15551112222";

describe("statuses, channel posts and answers of Meta AI among the mail", () => {
  let stage: Stage;
  let session: TestSession;
  const reading = new AbortController();

  beforeAll(async () => {
    stage = await Stage.open({ offlineStallMs: 2_000 });
    await stage.control.createPhone(friend, "Friend");
    session = await stage.linked(owner);
  });

  afterAll(async () => {
    reading.abort();
    await stage.close();
  });

  const broadcast = (body: object) => stage.control.ok("POST", `/phones/${owner}/broadcasts`, body);

  it("are no messages, and hold nothing back, neither now nor on the next connection", async () => {
    session.read(reading.signal);
    await broadcast({ kind: "status", from: friend, text: "a day at the sea" });
    await broadcast({ kind: "channel", text: "news" });
    await broadcast({ kind: "meta_ai" });
    await stage.control.say(friend, owner, "first");
    await session.text("first");
    await session.socket?.close();
    await broadcast({ kind: "status", from: friend, text: "another day" });
    await stage.control.say(friend, owner, "second");
    await session.connected({ undecryptableAfterMs: 200 });
    session.read(reading.signal);
    await session.text("second");
    await stage.control.say(friend, owner, "third");
    await session.text("third");
    expect(session.received.map(({ content }) => content.type)).toEqual(["text", "text", "text"]);
  });
});
