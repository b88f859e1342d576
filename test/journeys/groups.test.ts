import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { JourneyProduct } from "./journey-product.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const owner = "15550000061";
const [quinn, rita, sam] = ["15551112261", "15551112262", "15551112263"];

describe("a conversation in a group", () => {
  it("reaches everybody once in both directions, whoever comes to it, and whatever happens to the host", async () => {
    await using product = await JourneyProduct.fresh();
    await using receiver = new WebhookReceiver();
    const { customer, whatsapp } = product;
    for (const number of [quinn, rita, sam]) await whatsapp.phone(number);
    const { secret } = await customer.createWebhook({ url: await receiver.listen(), events: ["group.*", "message.*"] });
    receiver.secret = secret ?? "";
    const sessionId = await customer.linkedSession(whatsapp, owner, { name: "Club" });

    const participants = [quinn, owner, rita];
    const { id: groupId } = await whatsapp.call("POST", "/groups", { subject: "Club", participants });
    const group = async () => {
      const params = { path: { groupId }, query: { sessionId } };
      return (await customer.client.GET("/api/groups/{groupId}", { params })).data;
    };
    const seen = await eventually("the group to be seen", async () => (await group())?.size === 3 && group());
    expect(seen).toMatchObject({ subject: "Club", isMember: true, owner: { phone: `+${quinn}` } });

    const stored = (waMessageId: string) =>
      eventually("a message in the history", async () =>
        (await customer.history(sessionId, groupId)).find(message => message.waMessageId === waMessageId),
      );
    const said = async (number: string, body: Record<string, unknown>) =>
      stored((await whatsapp.call("POST", `/phones/${number}/messages`, { to: groupId, ...body })).id);
    const at = (number: string, waMessageId: string) =>
      eventually(`a message at …${number.slice(-4)}`, async () =>
        (await whatsapp.received(number)).find(({ id }) => id === waMessageId),
      );

    const question = await said(quinn, { text: "who brings the cake?" });
    expect(question).toMatchObject({ chatId: groupId, from: { phone: `+${quinn}` }, direction: "inbound" });
    const text = `@${rita} does`;
    const quoting = { quotedMessageId: question.id, mentions: [`+${rita}`] };
    const answer = await customer.send({ sessionId, to: groupId, text, ...quoting });
    expect(answer).toMatchObject({ quotedMessageId: question.id, mentions: [{ phone: `+${rita}` }] });
    expect(await at(rita, answer.waMessageId)).toMatchObject({
      ...{ text, chat: groupId, from: `${owner}@s.whatsapp.net` },
      ...{ quotedId: question.waMessageId, mentions: [`${rita}@s.whatsapp.net`] },
    });
    const agreed = await said(rita, { text: "I do", quotedId: answer.waMessageId });
    expect(agreed.quotedMessageId).toBe(answer.id);
    await whatsapp.call("POST", `/phones/${quinn}/messages`, {
      to: groupId,
      reaction: { messageId: answer.waMessageId, emoji: "🎂" },
    });
    const reacted = await eventually("the reaction", async () =>
      (await customer.history(sessionId, groupId)).find(({ reactions }) => reactions.length > 0),
    );
    expect(reacted).toMatchObject({ id: answer.id, reactions: [{ emoji: "🎂", from: { phone: `+${quinn}` } }] });
    const address = `/api/messages/${groupId}/${agreed.id}`;
    expect((await customer.post(`${address}/reactions`, { sessionId, emoji: "👍" })).status).toBe(202);
    expect((await customer.post(`${address}/read`, { sessionId })).status).toBe(202);
    await eventually("the reaction at the phone", async () =>
      (await whatsapp.received(rita)).some(
        ({ type, quotedId }) => type === "reaction" && quotedId === agreed.waMessageId,
      ),
    );

    await whatsapp.call("PATCH", `/groups/${groupId}`, { add: [sam], subject: "Cake club" });
    const welcome = await customer.send({ sessionId, to: groupId, text: "welcome" });
    expect(await at(sam, welcome.waMessageId)).toMatchObject({ text: "welcome", copies: 1 });
    await said(sam, { text: "hello everybody" });
    await customer.messageThatIs("delivered", welcome);
    const { data: groups } = await customer.client.GET("/api/groups", { params: { query: { sessionId } } });
    expect(groups?.data).toMatchObject([{ id: groupId, subject: "Cake club", size: 4 }]);
    const { data: chats } = await customer.client.GET("/api/chats", { params: { query: { sessionId } } });
    expect(chats?.data.find(({ id }) => id === groupId)).toMatchObject({ name: "Cake club", isGroup: true });

    const [host] = await whatsapp.call("GET", "/hosts");
    const flood = Array.from({ length: 6 }, (_, nth) => `news ${nth}`);
    const sent = [];
    for (const news of flood) sent.push(await customer.send({ sessionId, to: groupId, text: news }));
    const written: { id: string }[] = [];
    for (const number of [quinn, rita, sam]) {
      written.push(await whatsapp.call("POST", `/phones/${number}/messages`, { to: groupId, text: `of …${number}` }));
      if (number === rita) process.kill(host.pid, "SIGKILL");
    }
    for (const message of sent) {
      for (const number of [quinn, rita, sam]) await at(number, message.waMessageId);
    }
    for (const { id } of written) await stored(id);
    for (const message of sent) await customer.messageThatIs("delivered", message);

    const history = await customer.history(sessionId, groupId);
    expect(new Set(history.map(({ waMessageId }) => waMessageId)).size).toBe(history.length);
    for (const number of [quinn, rita, sam]) {
      const texts = (await whatsapp.received(number)).filter(({ type }) => type === "text").map(({ id }) => id);
      expect(new Set(texts).size).toBe(texts.length);
    }
    await receiver.event("message.received", ({ data: { waMessageId } }) => waMessageId === written.at(-1)?.id);
    await receiver.event("group.updated", ({ data: { id } }) => id === groupId);
    const received = receiver.events.filter(({ type }) => type === "message.received" || type === "group.updated");
    const ids = new Map(received.map(({ id, data: { waMessageId } }) => [id, waMessageId]));
    const told = [...ids.values()].filter(waMessageId => waMessageId !== undefined);
    expect(new Set(told).size).toBe(told.length);
    expect(receiver.refused).toEqual([]);
  }, 180_000);
});
