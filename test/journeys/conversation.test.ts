import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { JourneyProduct } from "./journey-product.ts";

const owner = "15550000032";
const friend = "15551119231";
const crowd = Array.from({ length: 30 }, (_, index) => String(15_552_223_000 + index));

describe("a conversation, and a text to many", () => {
  it("is reacted to, edited, deleted and read on both sides, and reaches everybody of a bulk once", async () => {
    const product = await JourneyProduct.shared();
    const { customer, whatsapp } = product;
    for (const number of [friend, ...crowd]) await whatsapp.phone(number);
    const sessionId = await customer.linkedSession(whatsapp, owner, { name: "Support" });

    const sent = await customer.send({ sessionId, to: friend, text: "helo" });
    const address = `/api/messages/${sent.chatId}/${sent.id}`;
    expect((await customer.post(`${address}/reactions`, { sessionId, emoji: "👍" })).status).toBe(202);
    expect((await customer.post(`${address}/edit`, { sessionId, text: "hello" })).status).toBe(202);
    expect((await customer.ask("DELETE", `${address}?sessionId=${sessionId}`)).status).toBe(202);
    const changes = await eventually("all changes at the phone, in order", async () => {
      const rows = (await whatsapp.received(friend)).filter(({ type }) => type !== "text");
      return rows.length === 3 && rows;
    });
    expect(changes.map(({ type, text, copies }) => [type, text, copies])).toEqual([
      ["reaction", "👍", 1],
      ["edit", "hello", 1],
      ["revoke", null, 1],
    ]);

    await whatsapp.say(friend, owner, "are you there?");
    const chat = async () => {
      const { data: page } = await customer.client.GET("/api/chats", { params: { query: { sessionId } } });
      return page?.data[0];
    };
    const unread = await eventually("an unread message", async () => {
      const shown = await chat();
      return shown?.unreadCount === 1 && shown;
    });
    const inbound = unread.lastMessage;
    expect(inbound).toMatchObject({ text: "are you there?", status: "received" });
    await customer.post(`/api/messages/${unread.id}/${inbound?.id}/read`, { sessionId });
    await eventually("the chat to be read", async () => (await chat())?.unreadCount === 0);

    const recipients = crowd.map((to, index) => ({ to, variables: { place: index } }));
    const bulk = await customer.post("/api/messages/send-bulk", { sessionId, recipients, text: "number {{place}}" });
    expect(bulk).toMatchObject({ status: 202, body: { accepted: crowd.length, rejected: [] } });
    for (const [index, number] of crowd.entries()) {
      expect(await whatsapp.receivedText(number, `number ${index}`)).toMatchObject({ copies: 1 });
      expect(await whatsapp.received(number)).toHaveLength(1);
    }
  });
});
