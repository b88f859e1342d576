import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { BaileysClient } from "../local/whatsapp/baileys-client.ts";
import { HostStage } from "./host-stage.ts";

let hosts: HostStage;
beforeAll(async () => {
  hosts = await HostStage.open();
  await hosts.host();
});
afterAll(() => hosts.close());

const parts = (qr: string) => {
  const [ref, noiseKey, identityKey, advSecret] = qr.split("#")[1]?.split(",") ?? [];
  return { ref, noiseKey, identityKey, advSecret };
};

async function shown(session: Session, before?: string): Promise<string> {
  return eventually("a QR", async () => {
    const { qr } = await hosts.read(session);
    return qr !== null && qr.code !== before && qr.code;
  });
}

describe("a client that WhatsApp tells to make a new secret (companion_reg_refresh)", () => {
  it("after a scan draws the same ref with a new secret at once, and is linked by that QR", async () => {
    const number = "5511900000201";
    await hosts.control.createPhone(number, "Scans twice");
    const session = await hosts.createSession();
    const first = await shown(session);
    await hosts.control.fault({ kind: "companion_reg_refresh", number });
    const refused = await hosts.control.call("POST", `/phones/${number}/scan`, { qr: first });
    expect(refused).toMatchObject({ status: 409, body: { code: "couldnt_link_device" } });
    const second = await shown(session, first);
    expect(parts(second)).toMatchObject({
      ...parts(first),
      advSecret: expect.not.stringContaining(parts(first).advSecret ?? ""),
    });
    expect(await hosts.control.call("POST", `/phones/${number}/scan`, { qr: first })).toMatchObject({ status: 404 });
    await eventually("the scan of the new QR", () => hosts.control.scan(number)(second));
    await hosts.until(session, "connected");
  });

  it("before any scan does the same", async () => {
    const number = "5511900000202";
    await hosts.control.createPhone(number, "Scans late");
    const session = await hosts.createSession();
    const first = await shown(session);
    await hosts.control.fault({ kind: "companion_reg_refresh", when: "now" });
    const second = await shown(session, first);
    expect(parts(second).ref).toBe(parts(first).ref);
    await eventually("the scan of the new QR", () => hosts.control.scan(number)(second));
    await hosts.until(session, "connected");
  });

  it("is no business of Baileys' own: a version that does this makes linking/linking.ts shorter", async () => {
    const client = new BaileysClient(hosts.stage.whatsapp);
    client.connect();
    const first = await eventually("a QR", () => client.qr);
    await hosts.control.createPhone("5511900000204", "Baileys alone");
    await hosts.control.fault({ kind: "companion_reg_refresh", number: "5511900000204" });
    await hosts.control.call("POST", "/phones/5511900000204/scan", { qr: first });
    const again = await hosts.control.call("POST", "/phones/5511900000204/scan", { qr: client.qr });
    expect(again).toMatchObject({ status: 404, body: { code: "unknown_qr" } });
    await client.disconnect();
  });
});
