import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import type { BaileysClient } from "./baileys-client.ts";
import type { ControlClient } from "./control-client.ts";
import { jid, Simulation } from "./simulation.ts";

const ALICE = "15550000001";
const CAROL = "15550000002";

describe("two people with a phone and companions each", () => {
  let simulation: Simulation;
  let control: ControlClient;
  let alice: BaileysClient;
  let carol: BaileysClient;

  beforeAll(async () => {
    simulation = await Simulation.start();
    control = simulation.control;
    await control.createPhone(ALICE, "Alice");
    await control.createPhone(CAROL, "Carol");
    alice = await simulation.linked(ALICE);
    carol = await simulation.linked(CAROL);
  });

  afterAll(() => simulation.close());

  it("takes a message from client to client, to both phones, and receipts back", async () => {
    const id = await alice.send(jid(CAROL), "client to client");
    expect(await carol.received("client to client")).toMatchObject({ id, fromMe: false, chat: jid(ALICE) });
    await alice.status(id, 3);
    for (const number of [ALICE, CAROL]) {
      const copy = await eventually(`the phone ${number} has it`, async () =>
        (await control.messages(number)).find(message => message.id === id),
      );
      expect(copy).toMatchObject({ text: "client to client", copies: 1 });
    }
    const [message] = carol.messages.filter(({ message }) => message.key.id === id);
    await carol.socket.readMessages([message?.message.key ?? {}]);
    await alice.status(id, 4);
  });

  it("answers over the session that the first message opened", async () => {
    const id = await carol.send(jid(ALICE), "back to you");
    expect(await alice.received("back to you")).toMatchObject({ id });
    await carol.status(id, 3);
  });

  it("reaches a companion that was linked after the device list was asked for", async () => {
    const second = await simulation.linked(CAROL);
    await eventually("Alice's client heard of it", async () => {
      await alice.send(jid(CAROL), "to all of you");
      return second.texts().some(({ text }) => text === "to all of you");
    });
    expect(second.texts()).toContainEqual(expect.objectContaining({ text: "to all of you", chat: jid(ALICE) }));
    const own = await carol.send(jid(ALICE), "seen by my other device");
    expect(await second.received("seen by my other device")).toMatchObject({
      id: own,
      fromMe: true,
      chat: jid(ALICE),
    });
    await control.ok("DELETE", `/phones/${CAROL}/devices/2`);
    await alice.status(await alice.send(jid(CAROL), "after the unlinking"), 3);
  });

  it("has a client upload more pre-keys when they run low", async () => {
    const database = new DatabaseSync(join(simulation.dataDir, "whatsapp.db"));
    database.prepare("DELETE FROM device_pre_keys WHERE number = ? AND id > 10").run(ALICE);
    const remaining = database.prepare("SELECT count(*) AS count FROM device_pre_keys WHERE number = ?").get(ALICE);
    const uploaded = (await control.stats()).preKeysUploaded ?? 0;
    const writers = Array.from({ length: Number(remaining?.count) - 3 }, (_, index) => `1666000000${index}`);
    for (const number of writers) {
      await control.createPhone(number, "Writer");
      await control.say(number, ALICE, `first words of ${number}`);
    }
    await eventually("five more pre-keys", async () => ((await control.stats()).preKeysUploaded ?? 0) >= uploaded + 5);
    database.close();
    for (const number of writers) await alice.received(`first words of ${number}`);
  });

  it("tells a person's other companion what was read on the phone", async () => {
    const id = await alice.send(jid(CAROL), "read on the phone");
    await carol.received("read on the phone");
    await eventually("the phone has it", async () => (await control.messages(CAROL)).some(m => m.id === id));
    await control.ok("POST", `/phones/${CAROL}/read`, { ids: [id] });
    await alice.status(id, 4);
    await carol.status(id, 4);
  });
});
