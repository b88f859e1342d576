import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const oldRevision = 1_030_000_000;
let hosts: HostStage;
beforeEach(async () => {
  hosts = await HostStage.open();
});
afterEach(() => hosts.close());

/** What SSM says before the host has asked for it, as an installation that missed its schedule has it. */
function claim(revision: number): void {
  hosts.stage.aws.installed.front.parameters.put("/test/whatsapp-version", `[2,3000,${revision}]`, "String");
}

async function healthOf(port: number): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${port}/health`)).json();
}

describe("a client version that WhatsApp refuses (405)", () => {
  it("is replaced by the present one at once, without a restart and without an end", async () => {
    const host = await hosts.host();
    const session = await hosts.linked("5511900000231");
    await hosts.stop(host);
    const raised = { present: 1_050_000_000, login: 1_049_000_000, link: 1_049_000_000 };
    await hosts.control.ok("PATCH", "/versions", raised);
    claim(oldRevision);
    await hosts.host();
    const back = await eventually("the session to be connected again", async () => {
      const now = await hosts.read(session);
      return now.lastDisconnect?.reason === "client_outdated" && now.status === "connected" && now;
    });
    expect(back.linked).toBe(true);
    expect(back.statuses.map(({ status }) => status)).not.toContain("disconnected");
  });

  it("is tried again, ever more seldom, while nobody knows the present one", async () => {
    const host = await hosts.host();
    const session = await hosts.linked("5511900000232");
    await hosts.stop(host);
    await hosts.control.ok("PATCH", "/versions", { login: 1_049_000_000 });
    claim(oldRevision);
    const { healthPort } = await hosts.host({ WHATSAPP_VERSION_URL: "http://127.0.0.1:1/sw.js" });
    const refused = await eventually("the refusal", async () => {
      const now = await hosts.read(session);
      return now.lastDisconnect?.reason === "client_outdated" && now;
    });
    expect(refused).toMatchObject({ status: "connecting", linked: true, lastDisconnect: { statusCode: 405 } });
    expect(await healthOf(healthPort)).toMatchObject({
      whatsAppVersion: { claimed: `2.3000.${oldRevision}`, old: true },
    });
    await hosts.control.ok("PATCH", "/versions", { login: 1_000_000_000 });
    await hosts.until(session, "connected");
  });
});

describe("a client version that still logs in but is too old to link", () => {
  it("links nothing, and the present one does", async () => {
    await hosts.control.createPhone("5511900000233", "New here");
    await hosts.control.ok("PATCH", "/versions", { present: 1_050_000_000, link: 1_049_000_000 });
    claim(1_045_000_000);
    const host = await hosts.host();
    const session = await hosts.createSession();
    const { qr } = await hosts.until(session, "qr");
    const refused = await hosts.control.call("POST", "/phones/5511900000233/scan", { qr: qr?.code });
    expect(refused).toMatchObject({ status: 409, body: { code: "couldnt_link_device" } });
    await hosts.stop(host);
    claim(1_050_000_000);
    const next = await hosts.host();
    await eventually("another QR", async () => (await hosts.read(session)).qr?.code !== qr?.code);
    await hosts.scan(session, "5511900000233");
    expect(await healthOf(next.healthPort)).toMatchObject({
      whatsAppVersion: { claimed: "2.3000.1050000000", old: false },
    });
  });

  it("is not what a new installation claims: it asks WhatsApp Web before its schedule ever ran", async () => {
    await hosts.control.ok("PATCH", "/versions", { present: 1_050_000_000, link: 1_049_000_000 });
    await hosts.host();
    await hosts.linked("5511900000234");
  });
});
