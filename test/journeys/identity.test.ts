import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { Customer } from "./customer.ts";
import { onSharedProduct } from "./journey-product.ts";
import type { Simulator } from "./simulator.ts";

const owner = "15550003001";

describe("one person, one chat", () => {
  let whatsapp: Simulator;
  let customer: Customer;
  let sessionId: string;

  onSharedProduct(async product => {
    ({ customer, whatsapp } = product);
    sessionId = await customer.linkedSession(whatsapp, owner, { name: "Identity" });
  });

  const texts = async (name: string) => (await customer.history(sessionId, name)).map(({ text }) => text);
  const untilTexts = (name: string, expected: string[]) =>
    eventually(`the history of …${name.slice(-8)}`, async () => (await texts(name)).join() === expected.join());
  const chats = async () => (await customer.get(`/api/chats?sessionId=${sessionId}`)).body.data;
  const address = (number: string, addressing: string) => whatsapp.call("PATCH", `/phones/${number}`, { addressing });

  it.each([
    ["Brazilian", "551187650001", "5511987650001"],
    ["Brazilian", "5511987650002", "551187650002"],
    ["Mexican", "525512340003", "5215512340003"],
    ["Argentinian", "5491123450004", "541123450004"],
  ])("reaches a %s number however it is spelt, and keeps one chat under both spellings", async (_of, real, other) => {
    const phone = await whatsapp.phone(real, { readsMessages: true });
    const accepted = await customer.send({ sessionId, to: `+${other}`, text: "by the other spelling" });
    await whatsapp.receivedText(real, "by the other spelling");
    const read = await customer.messageThatIs("read", accepted);
    expect(read.chatId).toBe(phone.jid);
    expect(read.to).toMatchObject({ id: phone.jid, phone: `+${real}` });
    await whatsapp.say(real, owner, "an answer");
    await untilTexts(real, ["an answer", "by the other spelling"]);
    expect(await texts(other)).toEqual(["an answer", "by the other spelling"]);
    const own = await customer.send({ sessionId, to: real, text: "by its own" });
    expect(own.chatId).toBe(phone.jid);
    await customer.messageThatIs("read", own);
    const again = await customer.send({ sessionId, to: other, text: "and again" });
    expect(again.chatId).toBe(phone.jid);
    await customer.messageThatIs("read", again);
    expect(await texts(other)).toEqual(["and again", "by its own", "an answer", "by the other spelling"]);
    const listed = (await chats()).filter(({ id }) => [real, other].some(number => id.startsWith(number)));
    expect(listed.map(({ id }) => id)).toEqual([phone.jid]);
  });

  it("fails a message to a number that has no account under either spelling", async () => {
    const accepted = await customer.send({ sessionId, to: "5511987659999", text: "anybody?" });
    const failed = await customer.messageThatIs("failed", accepted);
    expect(failed.error?.code).toBe("not_on_whatsapp");
  });

  it("goes on in one chat when a person known by number is addressed by LID, and is answered there", async () => {
    const number = "15550003101";
    const phone = await whatsapp.phone(number, { readsMessages: true });
    await customer.messageThatIs("read", await customer.send({ sessionId, to: number, text: "one" }));
    await address(number, "lid");
    await whatsapp.say(number, owner, "two");
    await untilTexts(number, ["two", "one"]);
    await address(number, "lid_alone");
    await whatsapp.say(number, owner, "three");
    await untilTexts(number, ["three", "two", "one"]);
    const four = await customer.send({ sessionId, to: phone.lid, text: "four" });
    expect(four.chatId).toBe(phone.jid);
    await customer.messageThatIs("read", four);
    expect(await texts(phone.lid)).toEqual(["four", "three", "two", "one"]);
    const mine = (await chats()).filter(({ id }) => id === phone.jid || id === phone.lid);
    expect(mine).toMatchObject([{ id: phone.jid, phone: `+${number}`, lid: phone.lid, unreadCount: 2 }]);
  });

  it("gives a chat that began under a LID its number once that is known", async () => {
    const number = "15550003102";
    const phone = await whatsapp.phone(number);
    await address(number, "lid_alone");
    await whatsapp.say(number, owner, "who am I?");
    await untilTexts(phone.lid, ["who am I?"]);
    expect((await chats()).find(({ id }) => id === phone.lid)).toMatchObject({ phone: null, lid: phone.lid });
    await address(number, "number");
    await whatsapp.say(number, owner, "it is me");
    await untilTexts(number, ["it is me", "who am I?"]);
    const history = await customer.history(sessionId, phone.lid);
    expect(history.map(({ chatId }) => chatId)).toEqual([phone.jid, phone.jid]);
    const mine = (await chats()).filter(({ id }) => id === phone.jid || id === phone.lid);
    expect(mine).toMatchObject([{ id: phone.jid, phone: `+${number}`, lid: phone.lid, unreadCount: 2 }]);
  });

  it("gives a contact without a name the one its person goes by, and tells of it", async () => {
    const number = "15550003103";
    await whatsapp.phone(number, { name: "Ana at WhatsApp" });
    const { body: made } = await customer.post("/api/contacts", { phoneNumber: `+${number}`, tags: ["vip"] });
    await whatsapp.say(number, owner, "hello");
    const named = { id: made.id, name: "Ana at WhatsApp", tags: ["vip"], optedOut: false };
    const told = await eventually("the contact's change", async () => {
      const { body } = await customer.get("/api/events?type=contact.updated");
      return body.data.length > 0 && body.data;
    });
    expect(told).toMatchObject([{ sessionId: null, data: named }]);
    expect((await customer.get(`/api/contacts/${made.id}`)).body).toMatchObject(named);
  });
});
