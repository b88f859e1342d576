import type { ScheduledEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newDelivery } from "../../../domain/webhook/delivery.ts";
import { createDelivery } from "../../../domain/webhook/delivery-store.ts";
import { contextOfTest } from "../front-door.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";

let installed: WebhooksInstalled;
beforeAll(async () => {
  installed = await WebhooksInstalled.start();
});
afterAll(() => installed[Symbol.asyncDispose]());

describe("the sweep's function", () => {
  test("queues every delivery that is due, more than a page of them, and none that is not", async () => {
    const { webhook } = await installed.newWebhook();
    const nowMs = Date.now();
    const begin = async (lookAtMs: number) => {
      const delivery = newDelivery(webhook, installed.newEvent(webhook.tenantId), nowMs);
      await createDelivery(installed.aws.db, delivery, { nowMs, lookAtMs });
      return delivery.id;
    };
    const due: string[] = [];
    for (let count = 0; count < 60; count++) due.push(await begin(nowMs - count));
    await begin(nowMs + 3_600_000);
    Object.assign(process.env, installed.aws.environment);
    const { handler } = await import("../../../functions/delivery-sweeper/handler.ts");
    await handler({} as ScheduledEvent, contextOfTest(), () => undefined);
    const queued: string[] = [];
    for (let bodies = await installed.receive(); bodies.length > 0; bodies = await installed.receive()) {
      queued.push(...bodies.map(body => JSON.parse(body).deliveryId));
    }
    expect(queued.toSorted()).toEqual(due.toSorted());
  });
});
