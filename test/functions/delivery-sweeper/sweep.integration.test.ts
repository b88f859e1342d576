import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../../domain/webhook/delivery.ts";
import { lostMessageMs } from "../../../domain/webhook/due.ts";
import { sweep } from "../../../functions/delivery-sweeper/sweep.ts";
import { deliver } from "../../../functions/webhook-delivery/deliver.ts";
import { answerStatus, type Receiver, startReceiver } from "../webhook-delivery/receiver.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";

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

const newWebhook = () => installed.newWebhook({ url: receiver.url });
const sweepNow = () => sweep({ ...installed.delivering, mayGoOn: () => true });
/** Moves the clock so that a delivery's next try is due. */
const skipToNext = async (delivery: Delivery) => {
  const { nextAttemptAt } = await installed.delivery(delivery);
  installed.aheadMs = Date.parse(nextAttemptAt ?? "") - Date.now();
};

describe("the sweep", () => {
  test("carries a delivery through twelve tries in 76 hours, taking up what no queued message will start", async () => {
    const { webhook } = await newWebhook();
    receiver.answer = answerStatus(500);
    const delivery = await installed.begun(webhook);
    for (let count = 1; count <= 12; count++) {
      await installed.attempt(delivery);
      const { status, nextAttemptAt, attempts } = await installed.delivery(delivery);
      expect(attempts).toHaveLength(count);
      expect(status).toBe(count < 12 ? "pending" : "failed");
      if (nextAttemptAt === null) break;
      const queued = Date.parse(nextAttemptAt) - installed.now() <= 900_000;
      await skipToNext(delivery);
      // What waits in the queue is not the sweep's; what is due otherwise is, and only once.
      expect(await sweepNow()).toBe(queued ? 0 : 1);
      expect(await sweepNow()).toBe(0);
    }
    const { attempts } = await installed.delivery(delivery);
    const [first, last] = [attempts.at(0)?.at ?? "", attempts.at(-1)?.at ?? ""];
    expect(Math.floor((Date.parse(last) - Date.parse(first)) / 3_600_000)).toBe(76);
    installed.aheadMs += 7 * 86_400_000;
    expect(await sweepNow()).toBe(0);
  });

  test("starts a try whose message was lost, and two sweeps at once start it once", async () => {
    const { webhook } = await newWebhook();
    const delivery = await installed.begun(webhook);
    expect(await sweepNow()).toBe(0);
    installed.aheadMs = lostMessageMs;
    const counts = await Promise.all([sweepNow(), sweepNow(), sweepNow()]);
    expect(counts.toSorted()).toEqual([0, 0, 1]);
    const command = await installed.command(({ deliveryId }) => deliveryId === delivery.id);
    await deliver(installed.delivering, command);
    expect(await installed.delivery(delivery)).toMatchObject({ status: "delivered" });
    installed.aheadMs += 2 * lostMessageMs;
    expect(await sweepNow()).toBe(0);
  });
});
