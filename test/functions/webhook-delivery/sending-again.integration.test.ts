import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isoTime } from "../../../domain/clock.ts";
import { cursorsFor } from "../../../domain/page.ts";
import type { Delivery } from "../../../domain/webhook/delivery.ts";
import type { DeliveryCommand, ReplayCommand } from "../../../domain/webhook/delivery-command.ts";
import { listDeliveries } from "../../../domain/webhook/delivery-listing.ts";
import { reopenDelivery } from "../../../domain/webhook/delivery-store.ts";
import { lostMessageMs } from "../../../domain/webhook/due.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { webhookEvent } from "../../../domain/webhook/webhook-event.ts";
import { deliver } from "../../../functions/webhook-delivery/deliver.ts";
import { replay } from "../../../functions/webhook-delivery/replay.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";
import { answerNoContent, answerStatus, type Receiver, startReceiver } from "./receiver.ts";

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
const cursors = cursorsFor("a key", ["deliveries"]);
const listed = async (webhook: Webhook, query: { status?: Delivery["status"]; limit?: number } = {}) => {
  const nowMs = installed.now();
  return (await listDeliveries(installed.aws.db, webhook, { limit: 100, cursors, nowMs, ...query })).data;
};

describe("sending again", () => {
  test("a delivery begins another round of tries, which a message of the round before cannot end", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = answerStatus(500);
    const delivery = await installed.begun(webhook);
    await attemptNow(delivery);
    const stale = await installed.delivery(delivery);
    const times = { nowMs: installed.now(), lookAtMs: installed.now() + lostMessageMs };
    const reopened = await reopenDelivery(installed.aws.db, delivery, times, null);
    expect(reopened).toMatchObject({ status: "pending", nextAttempt: 2, roundStart: 2 });
    receiver.answer = answerNoContent;
    await attemptNow(delivery);
    expect(await installed.delivery(stale)).toMatchObject({ status: "delivered", nextAttempt: 3 });
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([delivery.eventId, delivery.eventId]);
  });

  test("a time sends its events that the endpoint wants, the missed and the delivered, each once", async () => {
    const { webhook } = await newWebhook({ events: ["message.*"] });
    const { tenantId } = webhook;
    const before = installed.newEvent(tenantId);
    await installed.logEvent(before);
    installed.aheadMs += 60_000;
    const since = isoTime(installed.now());
    const [delivered, missed] = [installed.newEvent(tenantId), installed.newEvent(tenantId, "message.sent")];
    const [other, narrowedOut] = [
      installed.newEvent(tenantId, "session.qr"),
      installed.newEvent(tenantId, "message.read"),
    ];
    for (const event of [delivered, missed, other, narrowedOut]) await installed.logEvent(event);
    await attemptNow(await installed.begun(webhook, delivered));
    installed.aheadMs += 60_000;
    const until = isoTime(installed.now());
    installed.aheadMs += 60_000;
    await installed.logEvent(installed.newEvent(tenantId));
    installed.aheadMs += 60_000;
    const command = {
      type: "webhook.replay",
      tenantId,
      webhookId: webhook.id,
      replayId: "1",
      since,
      until,
      types: ["message.received", "message.sent"],
      cursor: null,
    } as const;
    await replay(installed.delivering, { ...command, types: [...command.types] });
    const queued = (await installed.receive(2)).map(body => JSON.parse(body));
    const again = queued.filter(({ type }) => type === "webhook.deliver");
    for (const deliverAgain of again) await deliver(installed.delivering, deliverAgain);
    expect(again).toHaveLength(2);
    const ids = receiver.received.slice(1).map(({ headers }) => headers["webhook-id"]);
    expect(ids.toSorted()).toEqual([delivered.id, missed.id].toSorted());
    // The step after it finds the end of the time, and repeating a step sends nothing again.
    const next = queued.find(({ type }) => type === "webhook.replay");
    await replay(installed.delivering, next);
    await replay(installed.delivering, { ...command, types: [...command.types] });
    const repeated = (await installed.receive(1)).map(body => JSON.parse(body).type);
    expect(repeated).toEqual(["webhook.replay"]);
  });

  test("a time that ends now also sends what the log still holds back, some seconds later", async () => {
    const { webhook } = await newWebhook();
    const missed = installed.newEvent(webhook.tenantId);
    await installed.logEvent(missed);
    installed.aheadMs += 1_000;
    const queued: { command: DeliveryCommand; delayMs: number }[] = [];
    const queue = { send: async (command: DeliveryCommand, delayMs = 0) => void queued.push({ command, delayMs }) };
    const deps = { ...installed.delivering, queue };
    const [since, until] = [isoTime(installed.now() - 60_000), isoTime(installed.now())];
    const { tenantId, id: webhookId } = webhook;
    const fields = { tenantId, webhookId, replayId: "1", since, until, types: null, cursor: null };
    await replay(deps, { type: "webhook.replay", ...fields });
    expect(queued).toMatchObject([{ command: { type: "webhook.replay" } }]);
    const [later] = queued.splice(0);
    installed.aheadMs += later?.delayMs ?? 0;
    await replay(deps, later?.command as ReplayCommand);
    expect(queued[0]).toMatchObject({ command: { type: "webhook.deliver", attempt: 1 } });
  });

  test("a crash after a delivery's row was written is mended by the step's repeat, which sends its message", async () => {
    const { webhook } = await newWebhook();
    const { tenantId, id: webhookId } = webhook;
    const [delivered, missed] = [installed.newEvent(tenantId), installed.newEvent(tenantId)];
    for (const event of [delivered, missed]) await installed.logEvent(event);
    await attemptNow(await installed.begun(webhook, delivered));
    installed.aheadMs += 10_000;
    const [since, until] = [isoTime(installed.now() - 60_000), isoTime(installed.now())];
    const fields = { tenantId, webhookId, replayId: "1", since, until, types: null, cursor: null };
    const step: ReplayCommand = { type: "webhook.replay", ...fields };
    const crash = { send: () => Promise.reject(new Error("the function died here")) };
    await expect(replay({ ...installed.delivering, queue: crash }, step)).rejects.toThrow();
    const sent: DeliveryCommand[] = [];
    const queue = { send: async (command: DeliveryCommand) => void sent.push(command) };
    await replay({ ...installed.delivering, queue }, step);
    expect(sent.filter(({ type }) => type === "webhook.deliver")).toHaveLength(2);
  });

  test("a time sends the endpoint's own tests again, and nobody else's", async () => {
    const { webhook } = await newWebhook({ events: ["session.qr"] });
    const { webhook: other } = await newWebhook({ tenantId: webhook.tenantId });
    const own = webhookEvent(webhook, "webhook.test", "1", installed.now());
    const foreign = webhookEvent(other, "webhook.test", "1", installed.now());
    const since = isoTime(installed.now());
    for (const event of [own, foreign]) await installed.logEvent(event);
    installed.aheadMs += 60_000;
    await replay(installed.delivering, {
      type: "webhook.replay",
      tenantId: webhook.tenantId,
      webhookId: webhook.id,
      replayId: "1",
      since,
      until: isoTime(installed.now()),
      types: null,
      cursor: null,
    });
    await deliver(installed.delivering, await installed.command(({ webhookId }) => webhookId === webhook.id));
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([own.id]);
  });
});

describe("the list of deliveries", () => {
  test("is newest event first, filters by status, pages, and keeps excerpts seven days", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = (response, count) => response.writeHead(count === 2 ? 500 : 200).end(`answer ${count}`);
    const deliveries: Delivery[] = [];
    for (let count = 1; count <= 3; count++) {
      installed.aheadMs += 1_000;
      const delivery = await installed.begun(webhook);
      await attemptNow(delivery);
      deliveries.unshift(delivery);
    }
    const all = await listed(webhook);
    expect(all.map(({ id }) => id)).toEqual(deliveries.map(({ id }) => id));
    expect(all.map(({ attempts }) => attempts[0]?.responseExcerpt)).toEqual(["answer 3", "answer 2", "answer 1"]);
    expect((await listed(webhook, { status: "pending" })).map(({ id }) => id)).toEqual([deliveries[1]?.id]);
    const first = await listDeliveries(installed.aws.db, webhook, { limit: 2, cursors, nowMs: installed.now() });
    const rest = await listDeliveries(installed.aws.db, webhook, {
      limit: 2,
      cursors,
      nowMs: installed.now(),
      cursor: first.nextCursor ?? "",
    });
    expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(deliveries.map(({ id }) => id));
    expect(rest.nextCursor).toBeNull();
    installed.aheadMs += 8 * 86_400_000;
    expect((await listed(webhook)).map(({ attempts }) => attempts[0]?.responseExcerpt)).toEqual([null, null, null]);
  });
});
