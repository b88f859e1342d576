import type { Context } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PublishedEvent } from "../../../domain/event/event.ts";
import { type Id, newId } from "../../../domain/id.ts";
import { newDelivery } from "../../../domain/webhook/delivery.ts";
import { DeliverCommand } from "../../../domain/webhook/delivery-command.ts";
import { findDelivery } from "../../../domain/webhook/delivery-store.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { webhookEvent } from "../../../domain/webhook/webhook-event.ts";
import { deliver } from "../../../functions/webhook-delivery/deliver.ts";
import { fanOut } from "../../../functions/webhook-fanout/fan-out.ts";
import { sqsEvent } from "../sqs-event.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";

let installed: WebhooksInstalled;
beforeAll(async () => {
  installed = await WebhooksInstalled.start();
});
afterAll(() => installed[Symbol.asyncDispose]());

const newTenant = () => newId("ten", Date.now());
const publish = (published: PublishedEvent) => fanOut(installed.delivering, published);

/** Who was rung, by endpoint: everything that is in the queue now. */
async function rung(): Promise<string[]> {
  const bodies: string[] = [];
  for (let more = await installed.receive(); more.length > 0; more = await installed.receive()) bodies.push(...more);
  return bodies.map(body => DeliverCommand.parse(JSON.parse(body)).webhookId).sort();
}
const ids = (...webhooks: { webhook: Webhook }[]) => webhooks.map(({ webhook }) => webhook.id).sort();

describe("fanning an event out", () => {
  test("begins one delivery for each enabled endpoint of the tenant that wants it", async () => {
    const tenantId = newTenant();
    const sessionId = newId("ses", Date.now());
    const make = (fields: Partial<Webhook>) => installed.newWebhook({ tenantId, ...fields });
    const wanting = [
      await make({ events: ["*"] }),
      await make({ events: ["message.*"] }),
      await make({ events: ["session.qr", "message.received"] }),
      await make({ events: ["*"], sessionIds: [sessionId] }),
    ];
    await make({ events: ["session.*"] });
    await make({ events: ["*"], sessionIds: [newId("ses", Date.now())] });
    await make({ enabled: false, disabledReason: "requested" });
    await installed.newWebhook({ events: ["*"] });
    const event = installed.newEvent(tenantId, "message.received", { sessionId });
    await publish({ event });
    expect(await rung()).toEqual(ids(...wanting));
    for (const { webhook } of wanting) {
      const delivery = await findDelivery(installed.aws.db, newDelivery(webhook, event, 0));
      expect(delivery).toMatchObject({ eventId: event.id, status: "pending", nextAttempt: 1, attempts: [] });
      expect(JSON.parse(delivery?.body ?? "")).toEqual(event);
    }
  });

  test("the same event twice makes no second delivery", async () => {
    const { webhook } = await installed.newWebhook();
    const event = installed.newEvent(webhook.tenantId);
    await publish({ event });
    const [command = ""] = await installed.receive(2);
    await deliver(installed.delivering, DeliverCommand.parse(JSON.parse(command)));
    await installed.receive();
    await publish({ event });
    expect(await rung()).toEqual([]);
    const delivery = await findDelivery(installed.aws.db, newDelivery(webhook, event, 0));
    expect(delivery?.attempts).toHaveLength(1);
  });

  test("a crash after the row and before its message is mended by the next time", async () => {
    const { webhook } = await installed.newWebhook();
    const event = installed.newEvent(webhook.tenantId);
    const failing = { ...installed.delivering, queue: { send: () => Promise.reject(new Error("crashed")) } };
    await expect(fanOut(failing, { event })).rejects.toMatchObject({ code: "record_failed" });
    expect(await rung()).toEqual([]);
    await publish({ event });
    expect(await rung()).toEqual([webhook.id]);
  });

  test("an event for one endpoint reaches no other, and not that one while it is disabled", async () => {
    const tenantId = newTenant();
    const one = await installed.newWebhook({ tenantId, events: ["session.qr"] });
    await installed.newWebhook({ tenantId });
    const off = await installed.newWebhook({ tenantId, enabled: false });
    const event = installed.newEvent(tenantId);
    await publish({ event, onlyWebhookId: one.webhook.id });
    await publish({ event, onlyWebhookId: off.webhook.id });
    await publish({ event, onlyWebhookId: newId("whk", 0) });
    expect(await rung()).toEqual(ids(one));
  });

  test.each([true, false])(
    "a test reaches its endpoint alone, whatever its settings, also published again (enabled: %s)",
    async enabled => {
      const tenantId = newTenant();
      const one = await installed.newWebhook({ tenantId, events: ["session.qr"], enabled });
      await installed.newWebhook({ tenantId });
      const event = webhookEvent(one.webhook, "webhook.test", "1", Date.now());
      await publish({ event });
      expect(await rung()).toEqual(ids(one));
    },
  );
});

describe("the function", () => {
  test("fails the messages it cannot read and works through the others", async () => {
    Object.assign(process.env, installed.aws.environment);
    const { handler } = await import("../../../functions/webhook-fanout/handler.ts");
    const { webhook } = await installed.newWebhook();
    const event = installed.newEvent(webhook.tenantId);
    const batch = sqsEvent(["not JSON", JSON.stringify({ event }), JSON.stringify({ event: { id: "evt_1" } })]);
    expect(await handler(batch, {} as Context, () => undefined)).toEqual({
      batchItemFailures: [{ itemIdentifier: "message-0" }, { itemIdentifier: "message-2" }],
    });
    expect(await rung()).toEqual([webhook.id] satisfies Id<"whk">[]);
  });
});
