import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";
import { trustMediaHost } from "./trust-media-host.ts";

const owner = "15550000001";
const [talker, late, past] = ["15551112221", "15551112222", "15551112223"] as const;

describe("a history", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    stage = await HostStage.open();
    trustMediaHost(stage.stage.whatsapp);
    for (const number of [owner, talker, late, past]) await stage.control.createPhone(number, `Phone ${number}`);
    const startMs = Date.parse("2026-01-01T00:00:00.000Z");
    const messages = Array.from({ length: 25 }, (_, place) => ({
      text: `past ${place}`,
      at: new Date(startMs + place).toISOString(),
    }));
    await stage.control.ok("POST", `/phones/${owner}/history`, { with: past, messages });
    await stage.host();
    session = await stage.scan(await stage.createSession(), owner);
  });

  afterAll(() => stage.close());

  /** What the newest-first list says, oldest first, once there is as much of it. */
  const readFrom = (number: string, count: number) =>
    eventually(`${count} messages of ${number}`, async () => {
      const history = await stage.history(session, jidOf(number));
      return history.length === count && history.map(({ text }) => text).reverse();
    });
  const numbered = (word: string, count: number) => Array.from({ length: count }, (_, place) => `${word} ${place}`);

  it("reads in the order of the wire where fifty messages come at once", async () => {
    const texts = numbered("burst", 50);
    await stage.control.ok("POST", "/faults", { number: owner, kind: "delay", ms: 1_500 });
    for (const text of texts) await stage.control.say(talker, owner, text);
    await stage.control.clearFaults();
    expect(await readFrom(talker, texts.length)).toEqual(texts);
  });

  it("reads in the order of the wire where late messages were written in one second", async () => {
    const texts = numbered("late", 12);
    const at = new Date(Date.now() - 600_000).toISOString();
    for (const text of texts) await stage.control.ok("POST", `/phones/${late}/messages`, { to: owner, text, at });
    expect(await readFrom(late, texts.length)).toEqual(texts);
  });

  it("reads as the phone tells it where messages of the past were written in one second", async () => {
    expect(await readFrom(past, 25)).toEqual(numbered("past", 25));
  });
});
