import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredMessage } from "../../domain/message/message.ts";
import type { Session } from "../../domain/session/session.ts";
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
  const owner = "5511900000601";
  const friend = "5511900000602";
  const stranger = "5511900000603";

  async function restrictedFor(fault: object) {
    const session = await hosts.linked(owner);
    for (const number of [friend, stranger]) await hosts.control.createPhone(number, "Nobody yet");
    await hosts.untilMessage(await hosts.accept(session, friend, "we have talked"), "delivered");
    await hosts.control.fault({ number: owner, kind: "time_lock", ...fault });
    return session;
  }

  const restrictedUntil = (session: Session) =>
    eventually("the restriction to be known", async () => (await hosts.read(session)).restricted?.until ?? undefined);
  const isHeldBack = (message: StoredMessage) =>
    eventually("it is held back", async () => {
      const row = (await hosts.items("outbox")).find(item => item.messageId === message.id);
      return row?.notBefore !== null && row?.attempts === 0;
    });
  const nacks = async () => (await hosts.control.stats()).nacks;

  it("holds those messages back until the time that WhatsApp told, and goes on with its chats", async () => {
    await hosts.host();
    const startedAtMs = Date.now();
    const session = await restrictedFor({ ms: 12_000 });
    const untilMs = Date.parse(await restrictedUntil(session));
    expect(untilMs % 1_000).toBe(0);
    expect(untilMs).toBeGreaterThanOrEqual(startedAtMs + 12_000);
    const cold = await hosts.accept(session, stranger, "who are you");
    await hosts.untilMessage(await hosts.accept(session, friend, "and we still do"), "delivered");
    await isHeldBack(cold);
    expect((await hosts.message(cold)).status).toBe("queued");
    expect(await nacks()).toBe(0);
    await hosts.untilMessage(cold, "delivered");
    const [received] = await hosts.control.messages(stranger);
    expect(Date.parse(received?.receivedAt ?? "")).toBeGreaterThanOrEqual(untilMs);
    await eventually("it is free again", async () => (await hosts.read(session)).restricted === null);
    const told = (await hosts.events(session)).filter(({ type }) => type === "session.restricted");
    expect(told).toHaveLength(1);
  }, 120_000);

  it("asks for that time when a message is refused, which waits as well, and is free as soon as WhatsApp says so", async () => {
    await hosts.host();
    const session = await restrictedFor({ ms: 3_600_000, told: false });
    const refused = await hosts.accept(session, stranger, "who are you");
    await isHeldBack(refused);
    expect(Date.parse(await restrictedUntil(session))).toBeGreaterThan(Date.now() + 3_000_000);
    expect(await nacks()).toBe(1);
    await hosts.control.fault({ number: owner, kind: "time_lock", ms: 1_000 });
    await hosts.untilMessage(refused, "delivered");
    await eventually("it is free again", async () => (await hosts.read(session)).restricted === null);
  }, 120_000);

  it("is held to it by the next owner", async () => {
    const first = await hosts.host();
    const session = await restrictedFor({ ms: 3_600_000 });
    await restrictedUntil(session);
    const cold = await hosts.accept(session, stranger, "who are you");
    await isHeldBack(cold);
    await hosts.stop(first);
    await hosts.host();
    const friendly = await hosts.accept(session, friend, "still here");
    await hosts.untilMessage(friendly, "delivered");
    expect((await hosts.message(cold)).status).toBe("queued");
    expect(await nacks()).toBe(0);
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
