import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { newDelivery } from "../../../domain/webhook/delivery.ts";
import { createDelivery, findDelivery, recordAttempt } from "../../../domain/webhook/delivery-store.ts";
import { claimDue, duePlace } from "../../../domain/webhook/due.ts";
import { readGate } from "../../../domain/webhook/gate-store.ts";
import { joinLine, nextLook } from "../../../domain/webhook/line.ts";
import { createWebhook, findWebhook, replaceSecret } from "../../../domain/webhook/store.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { WebhooksInstalled } from "../../functions/webhooks-installed.ts";

/** Writes of DynamoDB that are done next, and whose answers are lost. */
let answersToLose = 0;
let aws: EmulatedAws;
let installed: WebhooksInstalled;
beforeAll(async () => {
  const writes = new Set(["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"]);
  aws = await emulatedAws({
    intercept: ({ action }) =>
      writes.has(action) && answersToLose-- > 0 ? { error: "InternalServerError", afterwards: true } : undefined,
  });
  installed = new WebhooksInstalled(aws);
});
afterAll(() => installed[Symbol.asyncDispose]());
beforeEach(() => {
  answersToLose = 0;
});

async function begun() {
  const nowMs = Date.now();
  const { webhook } = await installed.newWebhook();
  const delivery = newDelivery(webhook, installed.newEvent(webhook.tenantId), nowMs);
  await createDelivery(aws.db, delivery, { nowMs, lookAtMs: nowMs + 1_000 });
  return { nowMs, webhook, delivery, endpoint: { tenantId: webhook.tenantId, webhookId: webhook.id } };
}

it("a failed try is recorded, and its recorder sees to the next one, also where the answer to that was lost", async () => {
  const { nowMs, delivery } = await begun();
  const attempt = {
    number: 1,
    at: new Date(nowMs).toISOString(),
    statusCode: 500,
    error: "status",
    latencyMs: 1,
  } as const;
  const record = () =>
    recordAttempt(aws.db, delivery, attempt, { status: "pending", delayMs: 5_000 }, { nowMs, lookAtMs: nowMs });
  answersToLose = 1;
  expect(await record()).toBe(true);
  expect(answersToLose).toBeLessThan(0);
  expect(await record()).toBe(false);
  expect((await findDelivery(aws.db, delivery))?.attempts).toHaveLength(1);
});

it("a due delivery is taken up once, also where the answer to that was lost", async () => {
  const { nowMs, delivery, endpoint } = await begun();
  const pk = `${endpoint.tenantId}#${endpoint.webhookId}`;
  const due = { pk, sk: delivery.id, dueSk: duePlace(nowMs + 1_000) };
  answersToLose = 1;
  expect(await claimDue(aws.db, due, nowMs + 60_000)).toMatchObject({ id: delivery.id, nextAttempt: 1 });
  expect(answersToLose).toBeLessThan(0);
  expect(await claimDue(aws.db, due, nowMs + 60_000)).toBeUndefined();
});

it("the next look at a line is arranged once, also where the answer to that was lost", async () => {
  const { nowMs, delivery, endpoint } = await begun();
  const look = await joinLine(aws.db, delivery, { nowMs, lookMs: nowMs });
  if (look === undefined) throw new Error("no look was arranged");
  answersToLose = 1;
  const next = await nextLook(aws.db, endpoint, look, nowMs + 1_000);
  expect(next).toBeDefined();
  expect(answersToLose).toBeLessThan(0);
  expect((await readGate(aws.db, endpoint)).look).toBe(next);
  expect(await nextLook(aws.db, endpoint, look, nowMs + 2_000)).toBeUndefined();
});

it("an endpoint is made, and its secret replaced, also where the answer to that was lost", async () => {
  answersToLose = 1;
  const { webhook } = await installed.newWebhook();
  expect(answersToLose).toBeLessThan(0);
  await expect(createWebhook(aws.db, webhook)).rejects.toThrow();
  const nowMs = Date.now();
  const secret = new Uint8Array([1, 2, 3]);
  answersToLose = 1;
  const replaced = await replaceSecret(aws.db, webhook, secret, { nowMs, overlapEndsMs: nowMs + 1_000 });
  expect(answersToLose).toBeLessThan(0);
  expect(replaced).toEqual(await findWebhook(aws.db, webhook.tenantId, webhook.id));
  expect(Buffer.from(replaced?.secret ?? [])).toEqual(Buffer.from(secret));
  expect(replaced?.previousSecrets).toHaveLength(1);
  expect(await replaceSecret(aws.db, webhook, secret, { nowMs, overlapEndsMs: nowMs })).toBeUndefined();
});
