import { describe, expect, it } from "vitest";
import { Customer } from "./customer.ts";
import { startProduct, temporaryData } from "./product.ts";
import { Simulator } from "./simulator.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const owner = "15550000001";
const friend = "15551112222";

describe("one message from REST to a phone and back", () => {
  it("goes out once, is read and answered, and survives the death of every process", async () => {
    await using data = await temporaryData();
    await using hook = new WebhookReceiver();
    const url = await hook.listen();
    const first = await startProduct(data.path, "--fresh");
    let sessionId: string;
    let chatId: string;
    try {
      const customer = new Customer(first.ready.api, first.ready.apiKey);
      const whatsapp = new Simulator(first.ready.simulator);
      await whatsapp.phone(owner);
      const peer = await whatsapp.phone(friend, { readsMessages: true });

      const webhook = await customer.createWebhook({ url, events: ["*"] });
      hook.secret = webhook.secret;

      const created = await customer.createSession({ name: "Support" });
      expect(created).toMatchObject({ status: "starting", qr: null, phone: null });
      sessionId = created.id;

      const shown = await customer.sessionThatIs("qr", sessionId);
      expect(shown.qr?.image).toMatch(/^data:image\/png;base64,/);
      await whatsapp.scan(owner, shown.qr?.code ?? "");
      const connected = await customer.sessionThatIs("connected", sessionId);
      expect(connected.phone?.jid).toBe(`${owner}@s.whatsapp.net`);
      expect(connected.qr).toBeNull();

      const accepted = await customer.send({ sessionId, to: `+${friend}`, text: "hello" });
      expect(accepted).toMatchObject({ status: "queued", direction: "outbound", text: "hello" });
      chatId = accepted.chatId;
      expect(chatId).toBe(peer.jid);

      const arrived = await whatsapp.receivedText(friend, "hello");
      expect(arrived).toMatchObject({ id: accepted.waMessageId, copies: 1 });
      const read = await customer.messageThatIs("read", accepted);
      const order = read.timeline.map(entry => entry.status);
      expect(order).toEqual(["queued", "sent", "delivered", "read"]);
      for (const type of ["message.queued", "message.sent", "message.delivered", "message.read"]) {
        const event = await hook.event(type, ({ data }) => data.id === accepted.id);
        expect(event.data.waMessageId).toBe(accepted.waMessageId);
      }
      const sequences = ["message.sent", "message.delivered", "message.read"].map(
        type => hook.events.find(event => event.type === type)?.sequence ?? 0,
      );
      expect(sequences).toEqual([...sequences].sort((a, b) => a - b));

      await whatsapp.say(friend, owner, "hello yourself");
      const received = await hook.event("message.received");
      expect(received.data).toMatchObject({ direction: "inbound", text: "hello yourself", chatId });
      expect(received.data.from).toMatchObject({ phone: `+${friend}`, lid: peer.lid });
      const history = await customer.history(sessionId, chatId);
      expect(history.map(message => message.text)).toEqual(["hello yourself", "hello"]);
      expect(hook.refused).toEqual([]);
    } finally {
      await first.kill();
    }

    await using second = await startProduct(data.path);
    const customer = new Customer(second.ready.api, second.ready.apiKey);
    const whatsapp = new Simulator(second.ready.simulator);
    expect(second.ready.apiKey).toBe(first.ready.apiKey);
    const again = await customer.sessionThatIs("connected", sessionId);
    expect(again.qr).toBeNull();
    expect(await customer.history(sessionId, chatId)).toHaveLength(2);

    const more = await customer.send({ sessionId, to: friend, text: "still here" });
    expect(await whatsapp.receivedText(friend, "still here")).toMatchObject({ copies: 1 });
    await customer.messageThatIs("read", more);
    await whatsapp.say(friend, owner, "me too");
    await hook.event("message.received", ({ data }) => data.text === "me too");
    expect((await whatsapp.received(friend)).filter(message => message.text === "hello")).toHaveLength(1);
    expect(hook.refused).toEqual([]);
  });
});
