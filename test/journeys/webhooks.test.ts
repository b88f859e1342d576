import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { Customer } from "./customer.ts";
import { onSharedProduct } from "./journey-product.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

let customer: Customer;
onSharedProduct(product => {
  ({ customer } = product);
});

/** An endpoint of the customer's that asks for `events`; tests come to it whatever it asks for. */
async function endpoint(hook: WebhookReceiver, events: ["contact.created" | "call.received"]) {
  const webhook = await customer.createWebhook({ url: await hook.listen(), events });
  hook.secret = webhook.secret;
  const path = { webhookId: webhook.id };
  const of = { params: { path } };
  const posted = () => ({ params: { path, header: { "Idempotency-Key": randomUUID() } } });
  const { client } = customer;
  const must = <T>(answer: { data?: T; response: Response }) => {
    if (answer.data === undefined) throw new Error(`${answer.response.url} answered ${answer.response.status}`);
    return answer.data;
  };
  return {
    ...webhook,
    shown: async () => must(await client.GET("/api/webhooks/{webhookId}", of)),
    deliveries: async () => must(await client.GET("/api/webhooks/{webhookId}/deliveries", of)).data,
    test: async () => must(await client.POST("/api/webhooks/{webhookId}/test", posted())),
    rotate: async () => must(await client.POST("/api/webhooks/{webhookId}/rotate-secret", { ...posted(), body: {} })),
    enable: async () => must(await client.PATCH("/api/webhooks/{webhookId}", { ...of, body: { enabled: true } })),
    replay: async (since: string) =>
      must(await client.POST("/api/webhooks/{webhookId}/replay", { ...posted(), body: { since } })),
  };
}

let contactsMade = 0;
/** A contact that nobody knows yet. */
async function newContact(): Promise<string> {
  const { status, body } = await customer.post("/api/contacts", { phoneNumber: `+1415555${1_000 + contactsMade++}` });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

describe.concurrent("a customer's webhooks", () => {
  it("fail three times, show it, come again each time later, and recover under the same id", {
    timeout: 300_000,
  }, async () => {
    await using hook = new WebhookReceiver();
    const webhook = await endpoint(hook, ["call.received"]);
    hook.answer = count => (count <= 3 ? 500 : 204);
    await webhook.test();
    const failing = await eventually("the endpoint to be failing", async () => {
      const shown = await webhook.shown();
      return shown.status === "failing" && shown;
    });
    expect(Date.parse(failing.failingSince ?? "")).not.toBeNaN();
    expect(failing).toMatchObject({ enabled: true, disabledReason: null });
    // After 5 s, 30 s and 2 min, each a fifth more or less.
    const delivered = await eventually(
      "the fourth try to be taken",
      async () => (await webhook.deliveries()).find(({ status }) => status === "delivered"),
      240_000,
    );
    expect(delivered.attempts.map(({ statusCode }) => statusCode)).toEqual([500, 500, 500, 204]);
    const times = delivered.attempts.map(({ at }) => Date.parse(at));
    for (const [tried, afterMs] of [5_000, 30_000, 120_000].entries()) {
      expect((times[tried + 1] ?? 0) - (times[tried] ?? 0)).toBeGreaterThanOrEqual(afterMs * 0.8);
    }
    expect(new Set(hook.events.map(({ id }) => id)).size).toBe(1);
    expect(await webhook.shown()).toMatchObject({ status: "enabled", failingSince: null });
    expect(hook.refused).toEqual([]);
  });

  it("end at 410, and what an outage missed is replayed, each event once", async () => {
    await using hook = new WebhookReceiver();
    const webhook = await endpoint(hook, ["contact.created"]);
    const since = new Date().toISOString();
    hook.answer = () => 410;
    const missed = [await newContact()];
    const disabled = await eventually("the endpoint to be disabled", async () => {
      const shown = await webhook.shown();
      return !shown.enabled && shown;
    });
    expect(disabled).toMatchObject({ status: "disabled", disabledReason: "gone" });
    missed.push(await newContact(), await newContact());
    expect((await customer.post(`/api/webhooks/${webhook.id}/replay`, { since })).status).toBe(409);
    await eventually("webhook.disabled in the log", async () => {
      const { data: log } = await customer.client.GET("/api/events", {
        params: { query: { type: "webhook.disabled" } },
      });
      return log?.data.some(event => event.data.id === webhook.id);
    });
    // The one that was answered, which may have come twice, and nothing after it.
    expect(new Set(hook.events.map(({ data: contact }) => contact.id))).toEqual(new Set(missed.slice(0, 1)));
    hook.events.length = 0;
    hook.answer = () => 204;
    expect(await webhook.enable()).toMatchObject({ status: "enabled", disabledReason: null });
    await webhook.replay(since);
    for (const id of missed) await hook.event("contact.created", event => event.data.id === id);
    const ids = new Map(hook.events.map(event => [event.id, event.data.id]));
    expect([...ids.values()].filter(id => missed.includes(id)).toSorted()).toEqual(missed.toSorted());
    expect(hook.refused).toEqual([]);
  });

  it("change their secret under load without one event that fails to verify, and show it once", async () => {
    await using hook = new WebhookReceiver();
    const webhook = await endpoint(hook, ["call.received"]);
    expect(JSON.stringify(await webhook.shown())).not.toContain("whsec_");
    const listing = await customer.get("/api/webhooks?limit=100");
    expect(JSON.stringify(listing.body)).not.toContain("whsec_");
    let rotations = 0;
    for (let sent = 1; sent <= 60; sent++) {
      await webhook.test();
      if (sent % 20 !== 0) continue;
      const { secret } = await webhook.rotate();
      expect(secret).not.toBe(hook.secret);
      // The customer puts the new secret in place a while after it was made: until then the old one must verify, and
      // what was under way as it was made is signed by the old one alone.
      const has = (count: number) => () => new Set(hook.events.map(({ id }) => id)).size === count;
      await eventually("what was under way to be there", has(sent + rotations));
      await webhook.test();
      await eventually("an event under both secrets", has(sent + rotations + 1));
      hook.secret = secret;
      rotations++;
    }
    await eventually("every event to be there", () => new Set(hook.events.map(({ id }) => id)).size === 63);
    expect(rotations).toBe(3);
    expect(hook.refused).toEqual([]);
  });

  it("send one delivery again when asked, and repeat nothing for the same idempotency key", async () => {
    await using hook = new WebhookReceiver();
    const webhook = await endpoint(hook, ["call.received"]);
    await webhook.test();
    const first = await hook.event("webhook.test");
    const [delivery] = await eventually("the delivery to be recorded", async () => {
      const deliveries = await webhook.deliveries();
      return deliveries[0]?.status === "delivered" && deliveries;
    });
    const path = `/api/webhooks/${webhook.id}/deliveries/${delivery?.id}/redeliver`;
    const key = { "idempotency-key": randomUUID() };
    for (const _asked of [1, 2]) expect((await customer.post(path, undefined, key)).status).toBe(202);
    await eventually("the second copy", () => hook.events.length === 2);
    expect(hook.events[1]?.id).toBe(first.id);
    const [again] = await webhook.deliveries();
    expect(again?.attempts.length).toBeLessThanOrEqual(2);
  });

  it("come at once to an endpoint that answers, while three others hold every try they may have", async () => {
    await using stack = new AsyncDisposableStack();
    const silent = Array.from({ length: 3 }, () => stack.use(new WebhookReceiver()));
    const dead = await Promise.all(silent.map(hook => endpoint(hook, ["call.received"])));
    for (const hook of silent) hook.answer = () => null;
    for (const webhook of dead) await Promise.all([webhook.test(), webhook.test()]);
    await eventually("all of them to hold two tries", () => silent.every(({ events }) => events.length === 2));
    const hook = stack.use(new WebhookReceiver());
    const webhook = await endpoint(hook, ["call.received"]);
    await webhook.test();
    await hook.event("webhook.test");
    // Not one of theirs has come to its end by then.
    const theirs = (await Promise.all(dead.map(one => one.deliveries()))).flat();
    expect(theirs.map(({ attempts }) => attempts.length)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
