import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../../domain/webhook/delivery.ts";
import { type DeliverCommand, type DeliveryCommand, deliverCommand } from "../../../domain/webhook/delivery-command.ts";
import { lostMessageMs } from "../../../domain/webhook/due.ts";
import { slotLeaseMs } from "../../../domain/webhook/gate.ts";
import { enterGate, readGate } from "../../../domain/webhook/gate-store.ts";
import { changeWebhook } from "../../../domain/webhook/store.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { webhookEvent } from "../../../domain/webhook/webhook-event.ts";
import { change } from "../../../functions/api/webhooks/change.ts";
import { sweep } from "../../../functions/delivery-sweeper/sweep.ts";
import { deliver } from "../../../functions/webhook-delivery/deliver.ts";
import type { Delivering } from "../../../functions/webhook-delivery/delivering.ts";
import { look } from "../../../functions/webhook-delivery/look.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";
import { answerNoContent, type Receiver, startReceiver } from "./receiver.ts";

let installed: WebhooksInstalled;
let receiver: Receiver;
/** Commands that the product queued, each with its delay, in order: the test plays the queue, and no time passes. */
let queued: { command: DeliveryCommand; delayMs: number }[];
let delivering: Delivering;
beforeAll(async () => {
  installed = await WebhooksInstalled.start();
});
afterAll(() => installed[Symbol.asyncDispose]());
beforeEach(async () => {
  installed.aheadMs = 0;
  queued = [];
  receiver = await startReceiver();
  const queue = { send: async (command: DeliveryCommand, delayMs = 0) => void queued.push({ command, delayMs }) };
  const { network } = installed.delivering;
  const impatient = {
    ...network,
    // An endpoint that does not answer is given up after 200 ms here; one that does has the product's own time.
    get deadlineMs() {
      return receiver.answer === never ? 200 : network.deadlineMs;
    },
  };
  delivering = { ...installed.delivering, queue, network: impatient };
});
afterEach(() => receiver[Symbol.asyncDispose]());

const never = () => undefined;
const refOf = (webhook: Webhook) => ({ tenantId: webhook.tenantId, webhookId: webhook.id });
const gate = (webhook: Webhook) => readGate(installed.aws.db, refOf(webhook));
const run = (command: DeliveryCommand) => {
  switch (command.type) {
    case "webhook.deliver":
      return deliver(delivering, command);
    case "webhook.look":
      return look(delivering, command);
    case "webhook.replay":
      throw new Error("nothing is replayed here");
    default:
      return command satisfies never;
  }
};
const firstTry = (delivery: Delivery) => deliver(delivering, deliverCommand(delivery));
const idsReceived = () => receiver.received.map(({ headers }) => headers["webhook-id"]);
const taken = (type: DeliveryCommand["type"]) => {
  const of = queued.filter(({ command }) => command.type === type);
  queued = queued.filter(({ command }) => command.type !== type);
  return of;
};

async function newEndpoint(count: number) {
  const { webhook } = await installed.newWebhook({ url: receiver.url });
  const deliveries: Delivery[] = [];
  for (let made = 0; made < count; made++) deliveries.push(await installed.begun(webhook));
  return { webhook, deliveries };
}

/** An endpoint whose gate three time-outs have shut, and the deliveries that are still to be tried. */
async function shutEndpoint(count: number) {
  const { webhook, deliveries } = await newEndpoint(count + 3);
  receiver.answer = never;
  for (const delivery of deliveries.slice(0, 3)) await firstTry(delivery);
  queued = [];
  return { webhook, waiting: deliveries.slice(3) };
}

describe("an endpoint that does not answer", () => {
  test("is shut after three time-outs; what comes then waits, and no try of it is used up", async () => {
    const { webhook, waiting } = await shutEndpoint(2);
    const { shut } = await gate(webhook);
    expect(shut?.pauseMs).toBe(10_000);
    for (const delivery of waiting) await firstTry(delivery);
    expect(receiver.received).toHaveLength(3);
    for (const delivery of waiting) {
      expect(await installed.delivery(delivery)).toMatchObject({ status: "pending", nextAttempt: 1, attempts: [] });
    }
    // One look is queued for all of them, for the time at which the gate lets a probe in.
    const looks = taken("webhook.look");
    expect(looks).toHaveLength(1);
    expect(looks[0]?.delayMs).toBeLessThanOrEqual(10_000);
    expect(looks[0]?.delayMs).toBeGreaterThan(5_000);
  });

  test("gets one probe when its time comes, the delivery that has waited longest, and rests twice as long", async () => {
    const { webhook, waiting } = await shutEndpoint(3);
    for (const delivery of waiting.toReversed()) await firstTry(delivery);
    const [due] = taken("webhook.look");
    installed.aheadMs += 11_000;
    await run(due?.command as DeliveryCommand);
    const probes = taken("webhook.deliver");
    expect(probes.map(({ command }) => (command as DeliverCommand).deliveryId)).toEqual([waiting[0]?.id]);
    await run(probes[0]?.command as DeliveryCommand);
    expect(receiver.received).toHaveLength(4);
    // Like any try that failed it comes again by its own schedule; nobody else does.
    expect(taken("webhook.deliver")).toMatchObject([{ command: { attempt: 2 }, delayMs: 5_000 }]);
    expect((await gate(webhook)).shut?.pauseMs).toBe(20_000);
    expect(await installed.delivery(waiting[0] as Delivery)).toMatchObject({ nextAttempt: 2 });
    // The next look finds it shut and sets itself for the end of the pause.
    installed.aheadMs += 1_000;
    await run(taken("webhook.look")[0]?.command as DeliveryCommand);
    expect(taken("webhook.look")[0]?.delayMs).toBeGreaterThan(15_000);
    expect(taken("webhook.deliver")).toHaveLength(0);
  });

  test("that answers its probe gets its backlog, oldest first, each once and a growing few at a time", async () => {
    const { webhook, waiting } = await shutEndpoint(20);
    await Promise.all(waiting.map(firstTry));
    receiver.answer = answerNoContent;
    receiver.received.length = 0;
    installed.aheadMs += 11_000;
    const letGo: number[] = [];
    while (queued.length > 0) {
      const [next] = taken("webhook.look").slice(-1);
      if (next !== undefined) await run(next.command);
      const going = taken("webhook.deliver").map(({ command }) => command as DeliverCommand);
      if (going.length > 0) letGo.push(going.length);
      await Promise.all(going.map(run));
    }
    expect(letGo[0]).toBe(1);
    expect(letGo[1]).toBeLessThanOrEqual(3);
    expect(Math.max(...letGo)).toBeLessThanOrEqual(3 * delivering.slotsMax);
    expect(idsReceived().toSorted()).toEqual(waiting.map(({ eventId }) => eventId).toSorted());
    expect(idsReceived()[0]).toBe(waiting[0]?.eventId);
    expect(await gate(webhook)).toMatchObject({ shut: null, look: null, timeouts: 0 });
  });

  test("is probed at once by a test that the customer asks for, whose answer opens the gate", async () => {
    const { webhook, waiting } = await shutEndpoint(1);
    await firstTry(waiting[0] as Delivery);
    queued = [];
    receiver.answer = answerNoContent;
    const event = webhookEvent(webhook, "webhook.test", "1", installed.now());
    await firstTry(await installed.begun(webhook, event));
    expect(idsReceived()).toContain(event.id);
    expect((await gate(webhook)).shut).toBeNull();
    // The look at those who wait is brought forward.
    expect(taken("webhook.look")).toMatchObject([{ delayMs: 0 }]);
  });

  test("that is disabled meanwhile has its line ended, not left standing", async () => {
    const { webhook, waiting } = await shutEndpoint(2);
    for (const delivery of waiting) await firstTry(delivery);
    await changeWebhook(installed.aws.db, webhook, { enabled: false }, installed.now());
    for (let turn = 0; queued.length > 0 && turn < 10; turn++) {
      const all = queued;
      queued = [];
      for (const { command } of all) await run(command);
    }
    for (const delivery of waiting) expect(await installed.delivery(delivery)).toMatchObject({ status: "failed" });
    expect((await gate(webhook)).look).toBeNull();
  });

  test("gets what waits at once when the customer leads it elsewhere", async () => {
    const { webhook, waiting } = await shutEndpoint(1);
    await firstTry(waiting[0] as Delivery);
    queued = [];
    receiver.answer = answerNoContent;
    const settings = { url: receiver.url };
    await change({ db: installed.aws.db, queue: delivering.queue }, webhook, settings, installed.now());
    expect(await gate(webhook)).toMatchObject({ shut: null, timeouts: 0 });
    await run(taken("webhook.look")[0]?.command as DeliveryCommand);
    await run(taken("webhook.deliver")[0]?.command as DeliveryCommand);
    expect(idsReceived()).toContain(waiting[0]?.eventId);
  });
});

describe("an endpoint that answers", () => {
  // On a busy machine an answer takes longer than 200 ms: the try after it would be a second copy.
  beforeEach(() => {
    delivering = { ...delivering, network: { ...delivering.network, deadlineMs: 15_000 } };
  });

  test("never has more tries under way than it has slots, and loses none that wait", async () => {
    const { deliveries } = await newEndpoint(12);
    let [inside, most] = [0, 0];
    receiver.answer = response => {
      inside++;
      most = Math.max(most, inside);
      setTimeout(() => {
        inside--;
        response.writeHead(204).end();
      }, 20);
    };
    await Promise.all(deliveries.map(firstTry));
    for (let turn = 0; queued.length > 0 && turn < 50; turn++) {
      const all = queued;
      queued = [];
      await Promise.all(all.map(({ command }) => run(command)));
    }
    expect(most).toBeLessThanOrEqual(delivering.slotsMax);
    expect(idsReceived().toSorted()).toEqual(deliveries.map(({ eventId }) => eventId).toSorted());
  });

  test("gets back the slot of a function that crashed, when its lease runs out", async () => {
    const { webhook, deliveries } = await newEndpoint(1);
    const seen = await gate(webhook);
    for (const slot of [0, 1, 2, 3]) {
      await enterGate(installed.aws.db, refOf(webhook), { gate: seen, slot }, installed.now());
    }
    await firstTry(deliveries[0] as Delivery);
    expect(receiver.received).toHaveLength(0);
    installed.aheadMs += slotLeaseMs;
    await run(taken("webhook.look")[0]?.command as DeliveryCommand);
    await run(taken("webhook.deliver")[0]?.command as DeliveryCommand);
    expect(receiver.received).toHaveLength(1);
  });
});

describe("the look at an endpoint's line", () => {
  test("is made up for by the sweep where its message was lost", async () => {
    const { webhook, waiting } = await shutEndpoint(1);
    await firstTry(waiting[0] as Delivery);
    queued = [];
    const sweepNow = () => sweep({ ...delivering, mayGoOn: () => true });
    const looksOfIt = () =>
      queued.filter(({ command }) => command.type === "webhook.look" && command.webhookId === webhook.id);
    await sweepNow();
    expect(looksOfIt()).toHaveLength(0);
    installed.aheadMs += lostMessageMs + 60_000;
    await sweepNow();
    const [again] = looksOfIt();
    queued = [];
    await run(again?.command as DeliveryCommand);
    expect(taken("webhook.deliver").map(({ command }) => (command as DeliverCommand).deliveryId)).toEqual([
      waiting[0]?.id,
    ]);
  });

  test("does nothing where another has overtaken it", async () => {
    const { webhook, waiting } = await shutEndpoint(1);
    await firstTry(waiting[0] as Delivery);
    const [first] = taken("webhook.look");
    installed.aheadMs += 11_000;
    await run(first?.command as DeliveryCommand);
    queued = [];
    await run(first?.command as DeliveryCommand);
    expect(queued).toHaveLength(0);
    expect((await gate(webhook)).look).not.toBeNull();
  });
});
