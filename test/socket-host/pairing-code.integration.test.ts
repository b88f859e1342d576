import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { BaileysClient } from "../local/whatsapp/baileys-client.ts";
import { HostStage } from "./host-stage.ts";

let hosts: HostStage;
beforeAll(async () => {
  hosts = await HostStage.open({ deviceName: "Acme Support" });
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

/** What the session says once WhatsApp has refused it a code. */
function refusalOf(session: Session) {
  return eventually("the refusal", async () => (await hosts.read(session)).pairingCodeError ?? undefined);
}

describe("a pairing code that WhatsApp does not give", () => {
  it("because the number is not on WhatsApp is told, in the session and by an event, and no code is shown", async () => {
    const session = await hosts.createSession({ pairingNumber: "+5511900000199" });
    expect(await refusalOf(session)).toEqual({ reason: "not_on_whatsapp", statusCode: 404 });
    expect(await hosts.read(session)).toMatchObject({ status: "qr", pairingCode: null });
    const told = await eventually("the event", async () =>
      (await hosts.events(session)).find(({ type }) => type === "session.pairing_code"),
    );
    expect(told.data).toMatchObject({ pairingCode: null, pairingCodeError: { reason: "not_on_whatsapp" } });
  });

  it("because it was asked for too often is told, and the session can be scanned all the same", async () => {
    const number = "5511900000108";
    const session = await asking(number);
    await codeOf(session, null);
    for (const _ of [1, 2]) {
      const before = (await hosts.read(session)).qr?.code;
      await hosts.restart(session);
      await eventually("another QR", async () => {
        const { qr, pairingCode, pairingCodeError } = await hosts.read(session);
        return qr !== null && qr.code !== before && (pairingCode ?? pairingCodeError) !== null;
      });
    }
    expect(await refusalOf(session)).toEqual({ reason: "rate_limited", statusCode: 429 });
    const connected = await hosts.scan(session, number);
    expect(connected.pairingCodeError).toBeNull();
    const { devices } = await hosts.control.phone(number);
    expect(devices).toMatchObject([{ name: "Acme Support" }]);
  });

  it("is what a client gets that names itself as anything but a browser", async () => {
    const client = new BaileysClient(hosts.stage.whatsapp);
    await hosts.control.createPhone("5511900000109", "Asked by Acme");
    client.connect({ browser: ["Acme", "Chrome", "1.0"] });
    await eventually("a QR", () => client.qr);
    await client.socket.requestPairingCode("5511900000109");
    const typed = await hosts.control.call("POST", "/phones/5511900000109/pair", { code: client.creds.pairingCode });
    expect(typed).toMatchObject({ status: 404, body: { code: "no_code_asked" } });
    await client.disconnect();
  });
});
