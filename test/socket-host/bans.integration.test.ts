import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningHost } from "../../socket-host/start-host.ts";
import { HostStage } from "./host-stage.ts";

const peer = "5511900000299";
let hosts: HostStage;
let host: RunningHost;
beforeAll(async () => {
  hosts = await HostStage.open();
  await hosts.control.createPhone(peer, "Peer");
  host = await hosts.host();
});
afterAll(() => hosts.close());

describe("an account that WhatsApp bans for a time (402)", () => {
  it("says until when, keeps what is queued, and sends it once the ban has ended", async () => {
    const number = "5511900000211";
    const session = await hosts.linked(number);
    const { devices } = await hosts.control.phone(number);
    const loginsBefore = (await hosts.control.stats()).loginsFailed ?? 0;
    await hosts.control.fault({ kind: "failure", code: 402, expire: 4, number });
    const banned = await hosts.until(session, "connecting");
    expect(banned).toMatchObject({ linked: true, restricted: { reason: "temporarily_banned" } });
    expect(banned.lastDisconnect).toMatchObject({ reason: "temporarily_banned", statusCode: 402 });
    const untilMs = Date.parse(banned.restricted?.until ?? "");
    const waiting = await hosts.accept(session, peer, "after the ban");
    await hosts.until(session, "connected");
    expect(Date.now()).toBeGreaterThanOrEqual(untilMs - 50);
    expect(await hosts.read(session)).toMatchObject({ restricted: null });
    await hosts.untilMessage(waiting, "delivered");
    // It did not try while the ban lasted.
    expect(((await hosts.control.stats()).loginsFailed ?? 0) - loginsBefore).toBeLessThanOrEqual(1);
    expect((await hosts.control.phone(number)).devices).toMatchObject(devices.map(({ id }) => ({ id })));
    const types = (await hosts.events(session)).map(({ type }) => type);
    expect(types).toContain("session.restricted");
    expect(types).not.toContain("session.disconnected");
  });

  it("is waited out by the next owner too", async () => {
    const number = "5511900000212";
    const session = await hosts.linked(number);
    await hosts.control.fault({ kind: "failure", code: 402, expire: 5, number });
    const { restricted } = await hosts.until(session, "connecting");
    await hosts.stop(host);
    host = await hosts.host();
    await hosts.until(session, "connected");
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(restricted?.until ?? "") - 50);
  });
});

describe.each([
  [403, "Your account is locked."],
  [406, undefined],
])("an account that WhatsApp locks or bans for good (%i)", (code, message) => {
  it("ends as banned with WhatsApp's words, fails what is queued, and shows a QR after a restart", async () => {
    const number = `551190000${String(code)}1`;
    const session = await hosts.linked(number);
    await hosts.control.fault({ kind: "failure", code, message, number });
    const ended = await hosts.until(session, "disconnected");
    expect(ended).toMatchObject({ linked: false });
    expect(ended.lastDisconnect).toMatchObject({ reason: "banned", statusCode: code, message: message ?? null });
    await hosts.restart(session);
    const { qr } = await hosts.until(session, "qr");
    await hosts.control.scan(number)(qr?.code ?? "");
    await hosts.until(session, "connected");
    await hosts.untilMessage(await hosts.accept(session, peer, "linked anew"), "delivered");
  });
});
