import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import type { BaileysClient } from "./baileys-client.ts";
import type { ControlClient } from "./control-client.ts";
import { jid, Simulation } from "./simulation.ts";

const ALICE = "15550000001";
const PETER = "15551112222";
const QUINN = "15553334444";
const RITA = "15555556666";

describe("a group of phones and Baileys clients", () => {
  let simulation: Simulation;
  let control: ControlClient;
  let alice: BaileysClient;
  let peter: BaileysClient;
  let group: string;

  beforeAll(async () => {
    simulation = await Simulation.start();
    control = simulation.control;
    for (const [number, name] of [
      [ALICE, "Alice"],
      [PETER, "Peter"],
      [QUINN, "Quinn"],
      [RITA, "Rita"],
    ] as const) {
      await control.createPhone(number, name);
    }
    alice = await simulation.linked(ALICE);
    peter = await simulation.linked(PETER);
    group = (await control.createGroup("Lunch", [QUINN, ALICE, PETER])).id;
  });

  afterAll(() => simulation.close());

  const at = (number: string, text: string) =>
    eventually(`"${text}" at …${number.slice(-4)}`, async () =>
      (await control.messages(number)).find(message => message.text === text),
    );

  it("is shown to whoever is in it, and refused to whoever is not", async () => {
    const metadata = await alice.socket.groupMetadata(group);
    const { lid } = await control.phone(QUINN);
    expect(metadata).toMatchObject({ id: group, subject: "Lunch", size: 3, owner: lid, addressingMode: "lid" });
    expect(metadata.participants).toContainEqual(
      expect.objectContaining({ id: lid, phoneNumber: jid(QUINN), admin: "superadmin" }),
    );
    expect(Object.keys(await alice.socket.groupFetchAllParticipating())).toEqual([group]);
    const other = await control.createGroup("Others", [QUINN, RITA]);
    await expect(alice.socket.groupMetadata(other.id)).rejects.toThrow("forbidden");
    await expect(alice.socket.groupMetadata("120363999999999@g.us")).rejects.toThrow("item-not-found");
    expect(await control.call("POST", `/phones/${ALICE}/messages`, { to: other.id, text: "hi" })).toMatchObject({
      status: 403,
      body: { code: "not_in_group" },
    });
  });

  it("takes what a client writes to every phone and every other client once", async () => {
    for (const text of ["first to all", "second to all"]) {
      const id = await alice.send(group, text);
      for (const number of [PETER, QUINN, ALICE]) {
        expect(await at(number, text)).toMatchObject({ id, from: jid(ALICE), chat: group, copies: 1 });
      }
      expect(await peter.received(text)).toMatchObject({ id, chat: group, fromMe: false });
    }
    // Baileys tells its own message once; WhatsApp sends none back.
    expect(alice.texts().filter(({ text }) => text === "first to all")).toHaveLength(1);
  });

  it("takes what a phone writes to every phone and every client once, and tells the author of reads", async () => {
    const id = await control.say(QUINN, group, "from a phone");
    await control.say(QUINN, group, "again from a phone");
    for (const client of [alice, peter]) {
      expect(await client.received("from a phone")).toMatchObject({ id, chat: group });
      await client.received("again from a phone");
    }
    expect(await at(PETER, "from a phone")).toMatchObject({ from: jid(QUINN), chat: group, copies: 1 });
    const own = await alice.send(group, "read me");
    await at(QUINN, "read me");
    const receipts: unknown[] = [];
    alice.socket.ev.on("message-receipt.update", updates => receipts.push(...updates));
    await control.ok("POST", `/phones/${QUINN}/read`, { ids: [own] });
    const { lid } = await control.phone(QUINN);
    await eventually("a receipt with who read it", () =>
      receipts.some(receipt => JSON.stringify(receipt).includes(lid) && JSON.stringify(receipt).includes("readTime")),
    );
  });

  it("gives whoever is added the key to what comes next, and nothing to whoever is removed", async () => {
    await control.changeGroup(group, { add: [RITA] });
    await alice.send(group, "welcome Rita");
    expect(await at(RITA, "welcome Rita")).toMatchObject({ chat: group, copies: 1 });
    await control.say(QUINN, group, "hello Rita");
    await at(RITA, "hello Rita");
    const { participants } = await control.changeGroup(group, { remove: [RITA], promote: [ALICE] });
    expect(participants.map(({ number, role }) => [number, role])).toEqual([
      [QUINN, "superadmin"],
      [ALICE, "admin"],
      [PETER, "member"],
    ]);
    await alice.send(group, "without Rita");
    await at(QUINN, "without Rita");
    expect((await control.messages(RITA)).map(({ text }) => text)).toEqual(["welcome Rita", "hello Rita"]);
  });

  it("sends again what a device could not read", async () => {
    await control.fault({ kind: "corrupt", number: PETER, count: 1 });
    await control.say(QUINN, group, "broken at first");
    await peter.received("broken at first");
    await alice.received("broken at first");
  });

  it("carries quotes, mentions, reactions, edits and deletions", async () => {
    const asked = await alice.send(group, "who comes?");
    await at(QUINN, "who comes?");
    const text = `me and @${PETER}`;
    await control.ok("POST", `/phones/${QUINN}/messages`, { to: group, text, quotedId: asked, mentions: [PETER] });
    expect(await at(PETER, text)).toMatchObject({ quotedId: asked, mentions: [jid(PETER)] });
    await control.ok("POST", `/phones/${QUINN}/messages`, { to: group, reaction: { messageId: asked, emoji: "🍕" } });
    const { id } = await at(PETER, text);
    await control.ok("POST", `/phones/${QUINN}/edit`, { id, text: "only me" });
    await control.ok("POST", `/phones/${QUINN}/revoke`, { id });
    await eventually("all of it at the other phone", async () => {
      const about = (await control.messages(PETER)).filter(({ quotedId }) => quotedId === asked || quotedId === id);
      return about.map(({ type }) => type).join() === "text,reaction,edit,revoke";
    });
  });

  it("is still there after a restart, with the keys to it", async () => {
    await simulation.restart();
    await Promise.all([alice.connected(), peter.connected()]);
    expect(await control.group(group)).toMatchObject({ subject: "Lunch" });
    await control.say(QUINN, group, "after the restart");
    await peter.received("after the restart");
    await alice.send(group, "so do I");
    await at(QUINN, "so do I");
  });
});
