import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isoTime } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { listEvents } from "../../../domain/event/listing.ts";
import { cursorsFor } from "../../../domain/page.ts";
import type { Delivery } from "../../../domain/webhook/delivery.ts";
import { listDeliveries } from "../../../domain/webhook/delivery-listing.ts";
import { newSigningSecret, sealSigningSecret } from "../../../domain/webhook/signing-secret.ts";
import { deleteWebhook, replaceSecret } from "../../../domain/webhook/store.ts";
import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { deliver } from "../../../functions/webhook-delivery/deliver.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";
import { answerStatus, type Received, type Receiver, startReceiver } from "./receiver.ts";

let installed: WebhooksInstalled;
let receiver: Receiver;
beforeAll(async () => {
  installed = await WebhooksInstalled.start();
});
afterAll(() => installed[Symbol.asyncDispose]());
beforeEach(async () => {
  installed.aheadMs = 0;
  receiver = await startReceiver();
});
afterEach(() => receiver[Symbol.asyncDispose]());

const newWebhook = (fields: Partial<Webhook> = {}) => installed.newWebhook({ url: receiver.url, ...fields });
const attemptNow = (delivery: Delivery) => installed.attempt(delivery);
const headersOf = (received?: Received) => received?.headers as Record<string, string>;
const cursors = cursorsFor("a key", ["deliveries"]);
const listed = async (webhook: Webhook, query: { status?: Delivery["status"]; limit?: number } = {}) => {
  const nowMs = installed.now();
  return (await listDeliveries(installed.aws.db, webhook, { limit: 100, cursors, nowMs, ...query })).data;
};

describe("a delivery", () => {
  test("is signed as Standard Webhooks asks, carries the event, and ends with a 2xx", async () => {
    const { webhook, secret } = await newWebhook();
    receiver.answer = answerStatus(200, {}, "got it");
    const event = installed.newEvent(webhook.tenantId);
    const delivery = await installed.begun(webhook, event);
    await attemptNow(delivery);
    const [received] = receiver.received;
    expect(new Verifier(secret).verify(received?.body ?? "", headersOf(received))).toEqual(event);
    expect(received?.headers).toMatchObject({
      "webhook-id": event.id,
      "content-type": "application/json",
      "user-agent": "WASaaS/1.2.3",
    });
    expect(await listed(webhook)).toEqual([
      {
        id: delivery.id,
        eventId: event.id,
        eventType: event.type,
        status: "delivered",
        attempts: [
          {
            at: expect.stringMatching(/Z$/),
            statusCode: 200,
            latencyMs: expect.any(Number),
            error: null,
            responseExcerpt: "got it",
          },
        ],
        nextAttemptAt: null,
      },
    ]);
    expect(publicWebhook(await installed.webhook(webhook)).status).toBe("enabled");
  });

  test("that fails comes again through the queue, with the same id and the same bytes", async () => {
    const { webhook, secret } = await newWebhook();
    receiver.answer = (response, count) => response.writeHead(count === 1 ? 500 : 204).end();
    const delivery = await installed.begun(webhook);
    await attemptNow(delivery);
    expect(await installed.delivery(delivery)).toMatchObject({ status: "pending", nextAttempt: 2 });
    expect(publicWebhook(await installed.webhook(webhook))).toMatchObject({ status: "failing", enabled: true });
    await deliver(
      installed.delivering,
      await installed.command(({ deliveryId, attempt }) => deliveryId === delivery.id && attempt === 2),
    );
    const [first, second] = receiver.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(Number(second?.headers["webhook-timestamp"])).toBeGreaterThan(Number(first?.headers["webhook-timestamp"]));
    for (const received of receiver.received) new Verifier(secret).verify(received.body, headersOf(received));
    expect(await listed(webhook)).toMatchObject([
      {
        status: "delivered",
        attempts: [
          { statusCode: 500, error: "status" },
          { statusCode: 204, error: null },
        ],
      },
    ]);
    expect(publicWebhook(await installed.webhook(webhook))).toMatchObject({ status: "enabled", failingSince: null });
  });

  test("fails by a redirect, which is not followed", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = answerStatus(301, { location: "/elsewhere" });
    await attemptNow(await installed.begun(webhook));
    expect(receiver.received).toHaveLength(1);
    expect(await listed(webhook)).toMatchObject([
      { status: "pending", attempts: [{ statusCode: 301, error: "redirect" }] },
    ]);
  });

  test("fails when the endpoint is not done in time", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = () => undefined;
    const delivery = await installed.begun(webhook);
    const network = { ...installed.delivering.network, deadlineMs: 100 };
    await deliver({ ...installed.delivering, network }, await installed.nextCommand(delivery));
    expect(await listed(webhook)).toMatchObject([
      { status: "pending", attempts: [{ statusCode: null, error: "timeout", responseExcerpt: null }] },
    ]);
  });

  test("fails where its URL may no longer be sent to", async () => {
    const { webhook } = await newWebhook();
    const delivery = await installed.begun(webhook);
    await deliver({ ...installed.delivering, rules: { allowLoopback: false } }, await installed.nextCommand(delivery));
    expect(receiver.received).toHaveLength(0);
    expect(await listed(webhook)).toMatchObject([{ status: "pending", attempts: [{ error: "url_refused" }] }]);
  });

  test("waits as long as Retry-After asks, if that is longer", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = answerStatus(503, { "retry-after": "3600" });
    const delivery = await installed.begun(webhook);
    await attemptNow(delivery);
    const { attempts, nextAttemptAt } = await installed.delivery(delivery);
    const waitMs = Date.parse(nextAttemptAt ?? "") - Date.parse(attempts[0]?.at ?? "");
    expect(waitMs).toBeGreaterThanOrEqual(3_600_000);
    expect(waitMs).toBeLessThan(3_610_000);
  });

  test("is signed with both secrets while one is replaced, and with the new one alone afterwards", async () => {
    const { webhook, secret: old } = await newWebhook();
    const fresh = newSigningSecret();
    const sealed = await sealSigningSecret(installed.delivering.box, webhook, fresh);
    const nowMs = installed.now();
    await replaceSecret(installed.aws.db, webhook, sealed, { nowMs, overlapEndsMs: nowMs + 60_000 });
    await attemptNow(await installed.begun(webhook));
    const [during] = receiver.received;
    for (const secret of [old, fresh]) new Verifier(secret).verify(during?.body ?? "", headersOf(during));
    installed.aheadMs = 61_000;
    await attemptNow(await installed.begun(webhook));
    const after = receiver.received[1];
    new Verifier(fresh).verify(after?.body ?? "", headersOf(after));
    expect(() => new Verifier(old).verify(after?.body ?? "", headersOf(after))).toThrow("No matching signature");
  });
});

describe("a delivery that is interrupted or repeated", () => {
  test("between the try and its record comes again under the same id, and nothing else does", async () => {
    const { webhook } = await newWebhook();
    const delivery = await installed.begun(webhook);
    const db = openDb(installed.aws.db.table);
    let crashes = true;
    db.client.middlewareStack.add(
      (next, { commandName }) =>
        async given => {
          if (crashes && commandName === "TransactWriteItemsCommand") throw new Error("crashed");
          return next(given);
        },
      { step: "initialize" },
    );
    const command = await installed.nextCommand(delivery);
    const crashing = { ...installed.delivering, db };
    await expect(deliver(crashing, command)).rejects.toMatchObject({ code: "record_failed" });
    expect(await installed.delivery(delivery)).toMatchObject({ status: "pending", attempts: [] });
    crashes = false;
    await deliver(crashing, command);
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]?.headers["webhook-id"]).toBe(receiver.received[0]?.headers["webhook-id"]);
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
    expect(await installed.delivery(delivery)).toMatchObject({ status: "delivered", attempts: [{ number: 1 }] });
  });

  test("by a message for a try that is made already does nothing", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = answerStatus(500);
    const delivery = await installed.begun(webhook);
    const command = await installed.nextCommand(delivery);
    await deliver(installed.delivering, command);
    const recorded = await installed.delivery(delivery);
    await deliver(installed.delivering, command);
    expect(receiver.received).toHaveLength(1);
    expect(await installed.delivery(delivery)).toEqual(recorded);
  });

  test("by a message for an endpoint that is disabled or deleted ends without a try", async () => {
    const { webhook } = await newWebhook({ enabled: true });
    const [one, other] = [await installed.begun(webhook), await installed.begun(webhook)];
    receiver.answer = answerStatus(410);
    await attemptNow(one);
    await attemptNow(other);
    expect(receiver.received).toHaveLength(1);
    expect(await installed.delivery(other)).toMatchObject({ status: "failed", attempts: [], nextAttemptAt: null });
    const second = await newWebhook();
    const orphan = await installed.begun(second.webhook);
    await deleteWebhook(installed.aws.db, second.webhook);
    await attemptNow(orphan);
    expect(receiver.received).toHaveLength(1);
    expect(await installed.delivery(orphan)).toMatchObject({ status: "failed" });
  });
});

describe("an endpoint that fails", () => {
  const disabledEvents = async (webhook: Webhook) => {
    const query = { limit: 100, cursors, nowMs: installed.now() + 10_000 };
    const { data } = await listEvents(installed.aws.db, webhook.tenantId, query);
    return data.filter(({ type }) => type === "webhook.disabled");
  };

  test("with 410 is disabled at once, and an event says so", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = answerStatus(410);
    const delivery = await installed.begun(webhook);
    await attemptNow(delivery);
    expect(await installed.delivery(delivery)).toMatchObject({ status: "failed", nextAttemptAt: null });
    const shown = publicWebhook(await installed.webhook(webhook));
    expect(shown).toMatchObject({ enabled: false, status: "disabled", disabledReason: "gone" });
    expect(await disabledEvents(webhook)).toMatchObject([
      { sessionId: null, sequence: 0, data: { id: webhook.id, status: "disabled", disabledReason: "gone" } },
    ]);
  });

  test("for five days and twenty times is disabled, and neither alone is enough", async () => {
    receiver.answer = answerStatus(500);
    const sinceLong = isoTime(installed.now() - 5 * 86_400_000);
    const often = await newWebhook({ failingSince: isoTime(installed.now() - 1_000), failures: 100 });
    const long = await newWebhook({ failingSince: sinceLong, failures: 18 });
    const both = await newWebhook({ failingSince: sinceLong, failures: 19 });
    for (const { webhook } of [often, long, both]) await attemptNow(await installed.begun(webhook));
    expect(await installed.webhook(often.webhook)).toMatchObject({ enabled: true, failures: 101 });
    expect(await installed.webhook(long.webhook)).toMatchObject({ enabled: true, failures: 19 });
    const disabled = await installed.webhook(both.webhook);
    expect(disabled).toMatchObject({ enabled: false, disabledReason: "failing", failingSince: sinceLong });
    expect(await disabledEvents(both.webhook)).toHaveLength(1);
  });
});
