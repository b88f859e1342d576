import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import type { BaileysClient } from "./baileys-client.ts";
import type { ControlClient } from "./control-client.ts";
import { jid, Simulation } from "./simulation.ts";

const ALICE = "15550000001";
const PETER = "15551112222";
const QUINN = "15553334444";
const NOBODY = "19998887777";

describe("a conversation between a Baileys client and simulated phones", () => {
  let simulation: Simulation;
  let control: ControlClient;
  let client: BaileysClient;

  beforeAll(async () => {
    simulation = await Simulation.start();
    control = simulation.control;
    await control.createPhone(ALICE, "Alice");
    await control.createPhone(PETER, "Peter");
    await control.createPhone(QUINN, "Quinn");
    client = await simulation.linked(ALICE);
  });

  afterAll(() => simulation.close());

  it("links by QR, asks for a restart with 515, and opens with the phone's number, LID and name", async () => {
    expect(client.closeCodes).toEqual([515]);
    const phone = await control.phone(ALICE);
    expect(client.creds.me?.id).toBe(`${ALICE}:1@s.whatsapp.net`);
    expect(client.creds.me?.lid).toBe(phone.lid.replace("@", ":1@"));
    expect(phone.devices).toMatchObject([{ id: 1, jid: `${ALICE}:1@s.whatsapp.net`, connected: true }]);
    await eventually("the name comes with the history", () => client.creds.me?.name === "Alice");
  });

  it("takes a first text to the phone once, with a copy for the sender's own phone", async () => {
    const id = await client.send(jid(PETER), "hello Peter");
    await client.status(id, 3);
    expect(await control.messages(PETER)).toMatchObject([
      { id, from: jid(ALICE), chat: jid(ALICE), type: "text", text: "hello Peter", copies: 1, media: null },
    ]);
    const own = await eventually("the own phone has its copy", async () =>
      (await control.messages(ALICE)).find(message => message.id === id),
    );
    expect(own).toMatchObject({ from: jid(ALICE), chat: jid(PETER), text: "hello Peter", copies: 1 });
  });

  it("tells the delivery after the phone's delay and the reading when the person reads", async () => {
    const id = await client.send(jid(PETER), "read me");
    await client.status(id, 3);
    expect(client.updates.some(({ key, update }) => key.id === id && update.status === 3)).toBe(true);
    await control.ok("POST", `/phones/${PETER}/read`, { ids: [id] });
    await client.status(id, 4);
  });

  it("reads and answers by itself, once per message, when the phone is set to", async () => {
    await control.change(QUINN, { readsMessages: true, repliesWith: "I am out", deliveryDelayMs: 50 });
    const id = await client.send(jid(QUINN), "are you there?");
    await client.status(id, 4);
    await client.received("I am out");
    await client.send(jid(QUINN), "really?");
    await eventually("a second answer", () => client.texts().filter(({ text }) => text === "I am out").length === 2);
    await control.change(QUINN, { repliesWith: null });
  });

  it("brings what a phone writes first, and what it answers within the session", async () => {
    const first = await control.say(PETER, ALICE, "first from Peter");
    expect(await client.received("first from Peter")).toMatchObject({ id: first, fromMe: false, chat: jid(PETER) });
    await client.send(jid(PETER), "and back");
    await control.say(PETER, jid(ALICE), "second from Peter");
    expect(await client.received("second from Peter")).toMatchObject({ type: "notify" });
    const received = client.messages.find(({ message }) => message.message?.conversation === "first from Peter");
    expect(received?.message.pushName).toBe("Peter");
    expect(received?.message.key.remoteJidAlt).toBe((await control.phone(PETER)).lid);
  });

  it("echoes what the person writes on the own phone to the companion", async () => {
    const id = await control.say(ALICE, PETER, "from my phone");
    expect(await client.received("from my phone")).toMatchObject({ id, fromMe: true, chat: jid(PETER) });
  });

  it("holds a conversation under the LID as well", async () => {
    await control.change(ALICE, { lidMigrated: true });
    const { lid } = await control.phone(PETER);
    const id = await client.send(lid, "to your LID");
    await client.status(id, 3);
    await control.change(ALICE, { lidMigrated: false });
    const arrived = (await control.messages(PETER)).find(message => message.id === id);
    expect(arrived).toMatchObject({ from: jid(ALICE), chat: jid(ALICE), text: "to your LID", copies: 1 });
  });

  it("takes reactions, edits and deletions to the phone, and brings those of the phone", async () => {
    const mine = await client.send(jid(PETER), "to be changed");
    const key = { remoteJid: jid(PETER), fromMe: true, id: mine };
    await client.socket.sendMessage(jid(PETER), { react: { text: "👍", key } });
    await client.socket.sendMessage(jid(PETER), { text: "changed", edit: key });
    await client.socket.sendMessage(jid(PETER), { delete: key });
    const changes = await eventually("all three at the phone", async () => {
      const found = (await control.messages(PETER)).filter(({ quotedId }) => quotedId === mine);
      return found.length === 3 && found;
    });
    expect(changes.map(({ type, text }) => [type, text])).toEqual([
      ["reaction", "👍"],
      ["edit", "changed"],
      ["revoke", null],
    ]);
    const theirs = await control.say(PETER, ALICE, "theirs");
    await client.received("theirs");
    const reaction = { messageId: mine, emoji: "🎉" };
    await control.ok("POST", `/phones/${PETER}/messages`, { to: ALICE, reaction });
    await control.ok("POST", `/phones/${PETER}/edit`, { id: theirs, text: "theirs, edited", sealed: false });
    await control.ok("POST", `/phones/${PETER}/revoke`, { id: theirs });
    await eventually("the reaction", () =>
      client.messages.some(({ message }) => message.message?.reactionMessage?.key?.id === mine),
    );
    await eventually("the edit and the deletion", () => {
      const updates = client.updates.filter(update => update.key.id === theirs);
      return (
        updates.some(({ update }) => update.message?.editedMessage) &&
        updates.some(({ update }) => update.message === null)
      );
    });
    expect((await control.call("POST", `/phones/${PETER}/edit`, { id: mine, text: "not mine" })).status).toBe(404);
  });

  it("says who is on WhatsApp", async () => {
    const answer = await client.socket.onWhatsApp(PETER, NOBODY);
    expect(answer).toEqual([{ jid: jid(PETER), exists: true }]);
  });

  it("keeps a message for an offline phone, without a receipt, until it is back", async () => {
    await control.change(PETER, { online: false });
    const id = await client.send(jid(PETER), "while you were out");
    const marker = await client.send(jid(QUINN), "while Peter was out");
    await client.status(marker, 3);
    expect((await control.messages(PETER)).some(message => message.id === id)).toBe(false);
    expect(client.updates.some(({ key }) => key.id === id)).toBe(false);
    await control.change(PETER, { online: true });
    await client.status(id, 3);
    expect((await control.messages(PETER)).at(-1)).toMatchObject({ id, copies: 1 });
  });

  it("keeps phones from answering each other for ever", async () => {
    await control.change(PETER, { repliesWith: "auto Peter", deliveryDelayMs: 0 });
    await control.change(QUINN, { repliesWith: "auto Quinn", deliveryDelayMs: 0 });
    await control.say(PETER, QUINN, "hello phone");
    await eventually("Quinn answers", async () =>
      (await control.messages(PETER)).some(({ text }) => text === "auto Quinn"),
    );
    const id = await client.send(jid(PETER), "one more");
    await client.status(id, 3);
    expect((await control.messages(QUINN)).filter(({ text }) => text === "auto Peter")).toEqual([]);
  });
});
