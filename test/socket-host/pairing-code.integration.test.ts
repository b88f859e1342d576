import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

let hosts: HostStage;
beforeAll(async () => {
  hosts = await HostStage.open();
  await hosts.host();
});
afterAll(() => hosts.close());

function codeOf(session: Session, before: string | null = null): Promise<string> {
  return eventually("a pairing code to be shown", async () => {
    const { pairingCode } = await hosts.read(session);
    return pairingCode !== null && pairingCode !== before && pairingCode;
  });
}

async function asking(number: string): Promise<Session> {
  await hosts.control.createPhone(number, `Phone ${number}`);
  return hosts.createSession({ pairingNumber: `+${number}` });
}

describe("a session that was asked for a pairing code", () => {
  it("shows it beside the QR, is linked by whoever types it, and says so", async () => {
    const session = await asking("5511900000101");
    const code = await codeOf(session);
    expect(code).toMatch(/^[A-Z0-9]{8}$/);
    expect((await hosts.read(session)).qr).not.toBeNull();
    await hosts.control.pair("5511900000101", `${code.slice(0, 4).toLowerCase()}-${code.slice(4)}`);
    const connected = await hosts.until(session, "connected");
    expect(connected).toMatchObject({ linked: true, qr: null, pairingCode: null });
    expect(connected.phone?.number).toBe("+5511900000101");
    const shown = (await hosts.events(session)).filter(({ type }) => type === "session.pairing_code");
    expect(shown.map(({ data }) => data.pairingCode)).toEqual([code]);
  });

  it("links nothing under a wrong code, and still takes the right one", async () => {
    const session = await asking("5511900000102");
    const code = await codeOf(session);
    const wrong = `${code.slice(1)}${code[0] === "A" ? "B" : "A"}`;
    const refused = await hosts.control.call("POST", "/phones/5511900000102/pair", { code: wrong });
    expect(refused).toMatchObject({ status: 403, body: { code: "wrong_code" } });
    expect((await hosts.control.phone("5511900000102")).devices).toEqual([]);
    await hosts.control.pair("5511900000102", code);
    await hosts.until(session, "connected");
  });

  it("shows another code after its socket dropped before the first was typed, and is not taken for logged out", async () => {
    const session = await asking("5511900000103");
    const first = await codeOf(session);
    await hosts.control.fault({ kind: "drop" });
    const second = await codeOf(session, first);
    const { statuses, lastDisconnect } = await hosts.read(session);
    expect(lastDisconnect?.reason).toBe("connection_lost");
    expect(statuses.map(({ status }) => status)).not.toContain("disconnected");
    const outdated = await hosts.control.call("POST", "/phones/5511900000103/pair", { code: first });
    expect(outdated.status).toBe(403);
    await hosts.control.pair("5511900000103", second);
    await hosts.until(session, "connected");
  });

  it("can be scanned all the same", async () => {
    const session = await asking("5511900000104");
    await codeOf(session);
    await hosts.scan(session, "5511900000104");
    expect((await hosts.read(session)).pairingCode).toBeNull();
  });

  it("shows a new code when it is restarted", async () => {
    const session = await asking("5511900000105");
    const first = await codeOf(session);
    await hosts.restart(session);
    const second = await codeOf(session, first);
    await hosts.control.pair("5511900000105", second);
    await hosts.until(session, "connected");
  });
});

describe("a session that WhatsApp wants a passkey for", () => {
  it.each(["scan", "pair"])(
    "says so after a %s, shows no QR that leads nowhere, and tries again when restarted",
    async how => {
      const number = how === "scan" ? "5511900000106" : "5511900000107";
      const session = await asking(number);
      const code = await codeOf(session);
      const qr = (await hosts.read(session)).qr?.code;
      await hosts.control.fault({ kind: "passkey", number });
      const answer = await hosts.control.call("POST", `/phones/${number}/${how}`, how === "scan" ? { qr } : { code });
      expect(answer).toMatchObject({ status: 409, body: { code: "passkey_required" } });
      const told = await hosts.until(session, "passkey_required");
      expect(told).toMatchObject({ qr: null, pairingCode: null, linked: false });
      await hosts.ring(session);
      await eventually("the event", async () =>
        (await hosts.events(session)).some(({ type }) => type === "session.passkey_required"),
      );
      expect((await hosts.read(session)).status).toBe("passkey_required");

      await hosts.restart(session);
      await hosts.scan(session, number);
    },
  );
});
