import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { eventually } from "../../eventually.ts";
import { BaileysClient, type ServerAddress } from "./baileys-client.ts";
import { ControlClient } from "./control-client.ts";
import { jid, Simulation } from "./simulation.ts";

const ALICE = "15550000001";
const PETER = "15551112222";
const MAIN = fileURLToPath(new URL("../../../local/whatsapp/main.ts", import.meta.url));

describe("a restart on the same data", () => {
  let simulation: Simulation;
  let client: BaileysClient;

  beforeAll(async () => {
    simulation = await Simulation.start();
    await simulation.control.createPhone(ALICE, "Alice");
    await simulation.control.createPhone(PETER, "Peter");
    client = await simulation.linked(ALICE);
  });

  afterAll(() => simulation.close());

  it("keeps the root key, the phones, their settings, links, messages and sessions", async () => {
    await simulation.control.change(PETER, { deliveryDelayMs: 10, readsMessages: true });
    const before = await client.send(jid(PETER), "before the restart");
    await client.status(before, 4);
    await simulation.control.say(PETER, ALICE, "also before");
    await client.received("also before");
    const { noiseRoot } = simulation.server;
    const phone = await simulation.control.phone(PETER);

    await simulation.restart();
    expect(simulation.server.noiseRoot).toEqual(noiseRoot);
    expect(await simulation.control.phone(PETER)).toEqual(phone);
    await client.connected();
    const after = await client.send(jid(PETER), "after the restart");
    await client.status(after, 4);
    await simulation.control.say(PETER, ALICE, "also after");
    await client.received("also after");
    const texts = (await simulation.control.messages(PETER)).map(({ id, copies }) => ({ id, copies }));
    expect(texts).toEqual([
      { id: before, copies: 1 },
      { id: after, copies: 1 },
    ]);
  });

  it("still owes the receipts and the mail that it owed before", async () => {
    await simulation.control.change(PETER, { deliveryDelayMs: 400 });
    const id = await client.send(jid(PETER), "receipt to come");
    await eventually("the phone has it", async () =>
      (await simulation.control.messages(PETER)).some(message => message.id === id),
    );
    await simulation.control.say(PETER, ALICE, "mail to come");
    await client.received("mail to come");
    await client.disconnect();
    await simulation.control.say(PETER, ALICE, "mail for later");
    await simulation.restart();
    await client.connected();
    await client.status(id, 4);
    await client.received("mail for later");
  });
});

describe("the process that the local runner starts", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "whatsapp-"));
  const children: ChildProcess[] = [];
  const Ready = z.strictObject({
    type: z.literal("ready"),
    websocketUrl: z.url(),
    controlUrl: z.url(),
    noiseRoot: z.base64(),
    caCertificatePath: z.string(),
  });

  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(dataDir, { recursive: true });
  });

  async function start(
    ports: string[] = [],
  ): Promise<{ child: ChildProcess; server: ServerAddress; control: ControlClient }> {
    const child = spawn(process.execPath, [MAIN, "--data", dataDir, ...ports], {
      stdio: ["ignore", "pipe", "ignore", "ipc"],
    });
    children.push(child);
    const [line] = child.stdout ? await once(child.stdout, "data") : [];
    const ready = Ready.parse(JSON.parse(String(line)));
    const server = { websocketUrl: ready.websocketUrl, noiseRoot: Buffer.from(ready.noiseRoot, "base64") };
    return {
      child,
      server,
      control: new ControlClient(ready.controlUrl, { lidMigrated: false, asksForTokens: false }),
    };
  }

  it("says in one line that its port is taken", async () => {
    const { child, control } = await start();
    const port = new URL(control.url).port;
    const second = spawn(process.execPath, [MAIN, "--data", `${dataDir}/second`, "--control-port", port]);
    const complaint = await text(second.stderr);
    expect(complaint).toMatch(/^the simulated WhatsApp cannot start: cannot listen on port \d+: .*EADDRINUSE.*\n$/);
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(0);
  });

  it("loses nothing to kill -9, tells the hosts it is told, and ends with its parent's channel", async () => {
    const first = await start();
    await first.control.createPhone(ALICE, "Alice");
    await first.control.createPhone(PETER, "Peter");
    const client = new BaileysClient(first.server);
    await client.link(first.control.scan(ALICE));
    const id = await client.send(jid(PETER), "acknowledged before the kill");
    await client.status(id, 3);
    await first.control.say(PETER, ALICE, "written before the kill");
    await client.received("written before the kill");
    const closes = client.closeCodes.length;
    first.child.kill("SIGKILL");
    await eventually("the client notices", () => client.closeCodes.length > closes);

    const second = await start();
    expect(second.server.noiseRoot).toEqual(first.server.noiseRoot);
    await client.connected({}, second.server);
    expect(await second.control.messages(PETER)).toMatchObject([{ id, copies: 1 }]);
    await client.status(await client.send(jid(PETER), "after the kill"), 3);
    await second.control.say(PETER, ALICE, "written after the kill");
    await client.received("written after the kill");
    await client.disconnect();

    second.child.send({ type: "hosts", hosts: [{ id: "host-1", pid: 4711 }] });
    await eventually("the hosts are known", async () => {
      const { body } = await second.control.call("GET", "/hosts");
      return JSON.stringify(body) === '[{"id":"host-1","pid":4711}]';
    });
    const exited = once(second.child, "exit");
    second.child.disconnect();
    expect((await exited)[0]).toBe(0);
  });
});
