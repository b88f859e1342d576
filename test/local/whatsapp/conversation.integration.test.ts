import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLog } from "../../../domain/log.ts";
import { type RunningWhatsApp, startWhatsApp } from "../../../local/whatsapp/server.ts";
import { eventually } from "../../eventually.ts";
import { BaileysClient } from "./baileys-client.ts";
import { ControlClient } from "./control-client.ts";

const ALICE = "15550000001";
const PETER = "15551112222";
const PETER_JID = `${PETER}@s.whatsapp.net`;
const ALICE_JID = `${ALICE}@s.whatsapp.net`;

describe("a conversation between a Baileys client and a simulated phone", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "whatsapp-"));
  let whatsapp: RunningWhatsApp;
  let control: ControlClient;
  let client: BaileysClient;

  beforeAll(async () => {
    whatsapp = await startWhatsApp({
      dataDir,
      websocketPort: 0,
      controlPort: 0,
      log: openLog({ name: "whatsapp", level: process.env.WHATSAPP_LOG ?? "silent" }),
    });
    control = new ControlClient(whatsapp.controlUrl);
    await control.createPhone(ALICE, "Alice");
    await control.createPhone(PETER, "Peter");
    client = new BaileysClient(whatsapp);
  });

  afterAll(async () => {
    await client.disconnect();
    await whatsapp.close();
    rmSync(dataDir, { recursive: true });
  });

  it("links by QR, asks for a restart with 515, and opens with the phone's number, LID and name", async () => {
    await client.link(control.scan(ALICE));
    expect(client.closeCodes).toEqual([515]);
    const phone = await control.phone(ALICE);
    expect(client.creds.me?.id).toBe(`${ALICE}:1@s.whatsapp.net`);
    expect(client.creds.me?.lid).toMatch(new RegExp(`^${phone.lid.split("@")[0]}`));
    expect(phone.devices).toMatchObject([{ id: 1, jid: `${ALICE}:1@s.whatsapp.net`, connected: true }]);
    await eventually("the name comes with the history", () => client.creds.me?.name === "Alice");
  });

  it("takes a first text to the phone once, with a copy for the sender's own phone", async () => {
    const id = await client.send(PETER_JID, "hello Peter");
    await client.status(id, 3);
    expect(await control.messages(PETER)).toMatchObject([
      { id, from: ALICE_JID, chat: ALICE_JID, type: "text", text: "hello Peter", copies: 1, media: null },
    ]);
    const own = await eventually("the own phone has its copy", async () =>
      (await control.messages(ALICE)).find(message => message.id === id),
    );
    expect(own).toMatchObject({ from: ALICE_JID, chat: PETER_JID, text: "hello Peter", copies: 1 });
  });
});
