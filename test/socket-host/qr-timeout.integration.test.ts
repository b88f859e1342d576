import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

/** Six are shown, as WhatsApp gives them out. */
const qrLifetimeMs = 1_000;

let hosts: HostStage;
beforeAll(async () => {
  hosts = await HostStage.open({ qrLifetimeMs });
  await hosts.host();
});
afterAll(() => hosts.close());

describe("a session whose QRs nobody scanned", () => {
  it("is disconnected when the last has run out, and links with a new one after a restart", async () => {
    await hosts.control.createPhone("5511900000951", "Late");
    const session = await hosts.createSession();
    const { qr: first } = await hosts.until(session, "qr");
    const ended = await hosts.until(session, "disconnected");
    expect(ended).toMatchObject({ linked: false, qr: null, pairingCode: null });
    expect(ended.lastDisconnect).toMatchObject({ reason: "qr_timeout", statusCode: 408 });
    const shown = (await hosts.events(session)).filter(({ type }) => type === "session.qr");
    expect(new Set(shown.map(({ data }) => JSON.stringify(data.qr))).size).toBe(6);
    expect(JSON.stringify(shown[0]?.data.qr)).toContain(first?.code ?? "none");
    const outdated = await hosts.control.call("POST", "/phones/5511900000951/scan", { qr: first?.code });
    expect(outdated).toMatchObject({ status: 404, body: { code: "unknown_qr" } });

    await hosts.restart(session);
    const { qr: again } = await hosts.until(session, "qr");
    expect(again?.code).not.toBe(first?.code);
    const connected = await hosts.scan(session, "5511900000951");
    expect(connected).toMatchObject({ linked: true, qr: null });
    expect(connected.phone?.number).toBe("+5511900000951");
    expect(connected.statuses.map(({ status }) => status)).toEqual(
      expect.arrayContaining(["qr", "disconnected", "connected"]),
    );
    await hosts.control.createPhone("5511900000952", "Peer");
    await hosts.untilMessage(await hosts.accept(session, "5511900000952", "linked at last"), "delivered");
  });

  it("shows a new pairing code beside the new QR, which links it too", async () => {
    await hosts.control.createPhone("5511900000953", "Later");
    const session = await hosts.createSession({ pairingNumber: "+5511900000953" });
    const ended = await hosts.until(session, "disconnected");
    expect(ended).toMatchObject({ qr: null, pairingCode: null, lastDisconnect: { reason: "qr_timeout" } });
    await hosts.restart(session);
    const code = await eventually("a new code", async () => (await hosts.read(session)).pairingCode ?? undefined);
    await hosts.control.pair("5511900000953", code);
    await hosts.until(session, "connected");
    const told = (await hosts.events(session)).filter(({ type }) => type === "session.pairing_code");
    expect(new Set(told.map(({ data }) => data.pairingCode)).size).toBe(2);
  });

  it("ends no link that a phone has begun, though the last QR runs out meanwhile", async () => {
    const number = "5511900000954";
    await hosts.control.createPhone(number, "Slow line");
    const session = await hosts.createSession({ pairingNumber: `+${number}` });
    const code = await eventually("a code", async () => (await hosts.read(session)).pairingCode ?? undefined);
    // The phone's answer comes while QRs are shown, WhatsApp's word that they are linked after the last.
    await hosts.control.fault({ kind: "delay", ms: 3_500 });
    await hosts.control.pair(number, code);
    await hosts.control.clearFaults();
    const { statuses } = await hosts.until(session, "connected");
    expect(statuses.map(({ status }) => status)).not.toContain("disconnected");
  });
});
