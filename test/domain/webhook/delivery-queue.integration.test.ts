import { expect, it } from "vitest";
import { newId } from "../../../domain/id.ts";
import { deliverCommand, sqsDeliveryQueue } from "../../../domain/webhook/delivery-command.ts";
import { emulatedAws } from "../../emulated-aws.ts";

it("the deliveries of one tenant are one group of the queue's, whichever endpoint they go to", async () => {
  const bodies: string[] = [];
  await using aws = await emulatedAws({
    observe: ({ action }, body) => {
      if (action === "SendMessage") bodies.push(body.toString());
    },
  });
  const queue = sqsDeliveryQueue(aws.environment.DELIVERY_QUEUE_URL ?? "");
  const nowMs = Date.now();
  const tenantId = newId("ten", nowMs);
  for (let endpoint = 0; endpoint < 2; endpoint++) {
    const [webhookId, id] = [newId("whk", nowMs), newId("dlv", nowMs)];
    await queue.send(deliverCommand({ tenantId, webhookId, id, nextAttempt: 1 }));
  }
  expect(bodies.map(body => JSON.parse(body).MessageGroupId)).toEqual([tenantId, tenantId]);
});
