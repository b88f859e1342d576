import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { restrictedForMs } from "../../socket-host/restriction.ts";
import { expiresAfterMs } from "../../socket-host/send-message.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

let hosts: HostStage;
beforeEach(async () => {
  hosts = await HostStage.open();
});
afterEach(() => hosts.close());

const later = (ms: number) => () => Date.now() + ms;

describe("a session that WhatsApp forbids to write to new people", () => {
  it("holds those messages back until that is over, goes on with its chats, and is free again by itself", async () => {
    const first = await hosts.host();
    const session = await hosts.linked("5511900000601");
    for (const number of ["5511900000602", "5511900000603", "5511900000604"]) {
      await hosts.control.createPhone(number, "Nobody yet");
    }
    const friend = "5511900000602";
    await hosts.untilMessage(await hosts.accept(session, friend, "we have talked"), "delivered");
    await hosts.control.fault({ number: "5511900000601", kind: "nack", code: 463, count: 1 });
    const refused = await hosts.accept(session, "5511900000603", "who are you");
    await hosts.untilMessage(refused, "failed");
    await eventually("the restriction to be known", async () => (await hosts.read(session)).restricted?.until);

    const cold = await hosts.accept(session, "5511900000604", "nor do you know me");
    await hosts.untilMessage(await hosts.accept(session, friend, "and we still do"), "delivered");
    await eventually("it is held back", async () => {
      const row = (await hosts.items("outbox")).find(item => item.messageId === cold.id);
      return row?.notBefore !== null && row?.attempts === 0;
    });
    expect((await hosts.message(cold)).status).toBe("queued");

    await hosts.stop(first);
    await hosts.host({}, { now: later(restrictedForMs(1) + 1_000) });
    await hosts.untilMessage(cold, "delivered");
    await eventually("it is free again", async () => (await hosts.read(session)).restricted === null);
  }, 120_000);
});

describe("messages of a session that was offline for a day", () => {
  it("expire, and slow no other session down", async () => {
    const first = await hosts.host();
    const offline = await hosts.linked("5511900000605");
    const other = await hosts.linked("5511900000606");
    await hosts.control.createPhone("5511900000607", "Reader");
    await hosts.stop(first);
    await hosts.control.fault({ number: "5511900000605", kind: "refuse", ms: 3_600_000 });
    const old = [];
    for (let place = 0; place < 60; place++) {
      old.push(await hosts.accept(offline, "5511900000607", `yesterday ${place}`, { rings: false }));
    }
    await hosts.host({}, { now: later(expiresAfterMs) });
    const fresh = { acceptedAtMs: Date.now() + expiresAfterMs };
    const prompt = await hosts.accept(other, "5511900000607", "at once", fresh);
    await hosts.untilMessage(prompt, "delivered");
    for (const message of old) {
      const { error } = await hosts.untilMessage(message, "failed", 60_000);
      expect(error).toMatchObject({ code: "expired" });
    }
    const events = await hosts.events(offline);
    expect(events.filter(event => event.type === "message.failed")).toHaveLength(old.length);
    expect(await hosts.control.messages("5511900000607")).toMatchObject([{ text: "at once" }]);
  }, 180_000);
});
