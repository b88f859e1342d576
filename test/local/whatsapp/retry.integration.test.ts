import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import type { BaileysClient } from "./baileys-client.ts";
import type { ControlClient } from "./control-client.ts";
import { jid, Simulation } from "./simulation.ts";

const ALICE = "15550000001";
const CAROL = "15550000002";
const PETER = "15551112222";

describe("a message that cannot be read, or is not taken", () => {
  let simulation: Simulation;
  let control: ControlClient;
  let alice: BaileysClient;
  let carol: BaileysClient;

  beforeAll(async () => {
    simulation = await Simulation.start();
    control = simulation.control;
    await control.createPhone(ALICE, "Alice");
    await control.createPhone(CAROL, "Carol");
    await control.createPhone(PETER, "Peter");
    alice = await simulation.linked(ALICE);
    carol = await simulation.linked(CAROL);
  });

  afterAll(() => simulation.close());

  /** Makes a phone unable to decrypt what comes within the sessions that others hold with it. */
  function forgetSessions(number: string): void {
    const database = new DatabaseSync(join(simulation.dataDir, "whatsapp.db"));
    database.prepare("DELETE FROM signal_keys WHERE number = ? AND type = 'session'").run(number);
    database.close();
  }

  it.each([
    ["the very first message", 1],
    ["a message within a session", 1],
    ["a message whose first resend is broken too", 2],
  ])("asks the phone again for %s and gets it under the same id", async (what, count) => {
    await control.fault({ kind: "corrupt", number: ALICE, count });
    const id = await control.say(PETER, ALICE, what);
    expect(await alice.received(what)).toMatchObject({ id });
    expect(alice.texts().filter(({ text }) => text === what)).toHaveLength(1);
    await alice.disconnect();
    await alice.connected();
    const marker = await control.say(PETER, ALICE, `after ${what}`);
    expect(await alice.received(`after ${what}`)).toMatchObject({ id: marker });
    expect(alice.texts().filter(({ text }) => text === what)).toHaveLength(1);
  });

  it("asks the other client again", async () => {
    await control.fault({ kind: "corrupt", number: CAROL });
    const id = await alice.send(jid(CAROL), "broken on the way");
    expect(await carol.received("broken on the way")).toMatchObject({ id });
  });

  it("asks the client again for what a phone cannot decrypt", async () => {
    await alice.status(await alice.send(jid(PETER), "opens the session"), 3);
    forgetSessions(PETER);
    const id = await alice.send(jid(PETER), "who are you?");
    const arrived = await eventually("it arrives after a retry", async () =>
      (await control.messages(PETER)).find(message => message.id === id),
    );
    expect(arrived).toMatchObject({ text: "who are you?", copies: 1 });
    await alice.status(id, 3);
  });

  it("heals a client that lost its sessions", async () => {
    alice.keys.forget("session");
    await control.say(PETER, ALICE, "do you still know me?");
    await alice.received("do you still know me?");
    await control.say(PETER, ALICE, "and now?");
    await alice.received("and now?");
    alice.keys.forget("session");
    await control.say(ALICE, PETER, "echoed to a client that lost its sessions");
    expect(await alice.received("echoed to a client that lost its sessions")).toMatchObject({
      fromMe: true,
      chat: jid(PETER),
    });
  });

  it("asks the client again for the own phone's copy, and shows the other side's second copy of it", async () => {
    forgetSessions(ALICE);
    const id = await alice.send(jid(PETER), "do I know you?");
    const own = await eventually("the own phone has it", async () =>
      (await control.messages(ALICE)).find(message => message.id === id),
    );
    expect(own).toMatchObject({ from: jid(ALICE), chat: jid(PETER), copies: 1 });
    await eventually("Baileys sent it to all devices again", async () =>
      (await control.messages(PETER)).some(message => message.id === id && message.copies === 2),
    );
  });

  it.each(["463", "479"])("refuses one message with %s and takes the next", async code => {
    const before = await control.stats();
    await control.fault({ kind: "nack", number: ALICE, code });
    const id = await alice.send(jid(PETER), `refused ${code}`);
    await alice.status(id, 0);
    const update = alice.updates.find(({ key }) => key.id === id);
    const merged = alice.messages.find(({ message }) => message.key.id === id)?.message;
    expect((update?.update ?? merged)?.messageStubParameters?.[0]).toBe(code);
    await alice.status(await alice.send(jid(PETER), `taken after ${code}`), 3);
    const texts = (await control.messages(PETER)).map(({ text }) => text);
    expect(texts).toContain(`taken after ${code}`);
    expect(texts).not.toContain(`refused ${code}`);
    expect((await control.stats()).nacks).toBe((before.nacks ?? 0) + 1);
  });

  it("shows a message that came twice under one id as one with two copies", async () => {
    const messageId = "3EB0AAAABBBBCCCCDDDD";
    await alice.socket.sendMessage(jid(PETER), { text: "twice" }, { messageId });
    await alice.socket.sendMessage(jid(PETER), { text: "twice" }, { messageId });
    const twice = await eventually("both copies", async () =>
      (await control.messages(PETER)).find(({ id, copies }) => id === messageId && copies === 2),
    );
    expect(twice.text).toBe("twice");
  });
});
