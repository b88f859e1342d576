import type { Context } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqsEvent } from "../sqs-event.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

let installed: WebhooksInstalled;
let receiver: Receiver;
beforeAll(async () => {
  installed = await WebhooksInstalled.start();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await installed[Symbol.asyncDispose]();
});

async function handle(bodies: readonly string[]) {
  Object.assign(process.env, installed.aws.environment, { ALLOW_LOOPBACK_WEBHOOKS: "true" });
  const { handler } = await import("../../../functions/webhook-delivery/handler.ts");
  return handler(sqsEvent(bodies), {} as Context, () => undefined);
}

describe("the delivery function", () => {
  test("delivers what its environment lets it, and fails only the messages it cannot read", async () => {
    const { webhook } = await installed.newWebhook({ url: receiver.url });
    const delivery = await installed.begun(webhook);
    const command = await installed.nextCommand(delivery);
    const unknown = JSON.stringify({ ...command, type: "webhook.unknown" });
    const answer = await handle([JSON.stringify(command), unknown, "{"]);
    expect(answer).toEqual({
      batchItemFailures: [{ itemIdentifier: "message-1" }, { itemIdentifier: "message-2" }],
    });
    expect(await installed.delivery(delivery)).toMatchObject({ status: "delivered" });
    expect(receiver.received[0]?.headers["user-agent"]).toMatch(/^WASaaS\/\d+\.\d+\.\d+$/);
  });

  test("takes a command for a delivery that is not there as done", async () => {
    const { webhook } = await installed.newWebhook();
    const command = await installed.nextCommand(await installed.begun(webhook));
    const gone = JSON.stringify({ ...command, deliveryId: `${command.deliveryId.slice(0, -1)}0` });
    expect(await handle([gone])).toEqual({ batchItemFailures: [] });
  });
});
