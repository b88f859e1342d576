import { expect, it } from "vitest";
import { newDelivery } from "../../../domain/webhook/delivery.ts";
import { createDelivery } from "../../../domain/webhook/delivery-store.ts";
import { firstOfLine, joinLine, leaveLine } from "../../../domain/webhook/line.ts";
import { emulatedAws } from "../../emulated-aws.ts";
import { WebhooksInstalled } from "../../functions/webhooks-installed.ts";

it("a delivery is taken out of its endpoint's line once, also where the answer to that was lost", async () => {
  let answersToLose = 0;
  const removals = new Set(["DeleteItem", "TransactWriteItems"]);
  const aws = await emulatedAws({
    intercept: ({ action }) =>
      removals.has(action) && answersToLose-- > 0 ? { error: "InternalServerError", afterwards: true } : undefined,
  });
  await using installed = new WebhooksInstalled(aws);
  const nowMs = Date.now();
  const { webhook } = await installed.newWebhook();
  const endpoint = { tenantId: webhook.tenantId, webhookId: webhook.id };
  const delivery = newDelivery(webhook, installed.newEvent(webhook.tenantId), nowMs);
  await createDelivery(aws.db, delivery, { nowMs, lookAtMs: nowMs + 1_000 });
  await joinLine(aws.db, delivery, { nowMs, lookMs: nowMs + 1_000 });
  const [waiting] = await firstOfLine(aws.db, endpoint, 1);
  if (waiting === undefined) throw new Error("nobody waits");
  answersToLose = 1;
  expect(await leaveLine(aws.db, endpoint, waiting, nowMs)).toBe(true);
  expect(answersToLose).toBeLessThan(0);
  expect(await firstOfLine(aws.db, endpoint, 1)).toEqual([]);
  expect(await leaveLine(aws.db, endpoint, waiting, nowMs)).toBe(false);
});
