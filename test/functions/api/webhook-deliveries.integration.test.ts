import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../../domain/id.ts";
import type { Delivery } from "../../../domain/webhook/delivery.ts";
import { DeliveryCommand } from "../../../domain/webhook/delivery-command.ts";
import { findWebhook } from "../../../domain/webhook/store.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { deliver } from "../../../functions/webhook-delivery/deliver.ts";
import { type Asked, expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { startReceiver } from "../webhook-delivery/receiver.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";

let door: FrontDoor;
let installed: WebhooksInstalled;
let tenant: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  installed = new WebhooksInstalled(door.aws);
  tenant = await door.tenant();
});
afterAll(() => door.close());

const fields = { url: "https://example.com/hook", events: ["message.*"] };
const ask = (method: string, path: string, asked: Asked = {}, of = tenant) =>
  door.ask(method, path, { key: of.key, ...asked });
const create = async (json: object = {}, of = tenant) =>
  (await ask("POST", "/api/webhooks", { json: { ...fields, ...json } }, of)).body;
const stored = async (id: string) => (await findWebhook(door.aws.db, tenant.id, id)) as Webhook;

describe("POST /api/webhooks/:id/rotate-secret", () => {
  it("answers the new secret, and both sign until the overlap ends", async () => {
    const receiver = await startReceiver();
    const { id, secret: old } = await create({ url: receiver.url });
    const answer = await ask("POST", `/api/webhooks/${id}/rotate-secret`, { json: { overlapHours: 1 } });
    expect(answer.status).toBe(200);
    const fresh = answer.body.secret;
    expect(fresh).toMatch(/^whsec_/);
    expect(fresh).not.toBe(old);
    await installed.attempt(await installed.begun(await stored(id)));
    const [received] = receiver.received;
    for (const secret of [old, fresh]) {
      new Verifier(secret).verify(received?.body ?? "", received?.headers as Record<string, string>);
    }
    expect((await stored(id)).previousSecrets).toHaveLength(1);
    await receiver[Symbol.asyncDispose]();
  });

  it("takes no body for 24 hours, 0 for none, and nothing over a week", async () => {
    const { id } = await create();
    const path = `/api/webhooks/${id}/rotate-secret`;
    expect((await ask("POST", path)).status).toBe(200);
    const [previous] = (await stored(id)).previousSecrets;
    expect(Math.round((Date.parse(previous?.until ?? "") - Date.now()) / 3_600_000)).toBe(24);
    expect((await ask("POST", path, { json: { overlapHours: 0 } })).status).toBe(200);
    expect((await stored(id)).previousSecrets).toHaveLength(1);
    expectProblem(await ask("POST", path, { json: { overlapHours: 169 } }), 400, "validation_failed");
  });
});

describe("deliveries", () => {
  it("are listed with their tries, filtered by status, and sent again when asked", async () => {
    const receiver = await startReceiver({
      answer: (response, count) => response.writeHead(count === 1 ? 400 : 200).end(`answer ${count}`),
    });
    const { id } = await create({ url: receiver.url });
    const webhook = await stored(id);
    const delivery: Delivery = await installed.begun(webhook);
    await installed.attempt(delivery);
    const list = await ask("GET", `/api/webhooks/${id}/deliveries`, { query: { status: "pending" } });
    expect(list.status).toBe(200);
    expect(list.body).toEqual({
      data: [
        {
          id: delivery.id,
          eventId: delivery.eventId,
          eventType: "message.received",
          status: "pending",
          attempts: [
            {
              at: expect.any(String),
              statusCode: 400,
              latencyMs: expect.any(Number),
              error: "status",
              responseExcerpt: "answer 1",
            },
          ],
          nextAttemptAt: expect.any(String),
        },
      ],
      nextCursor: null,
    });
    expect((await ask("GET", `/api/webhooks/${id}/deliveries`, { query: { status: "failed" } })).body.data).toEqual([]);
    const again = await ask("POST", `/api/webhooks/${id}/deliveries/${delivery.id}/redeliver`);
    expect(again.status).toBe(202);
    expect(again.body).toMatchObject({
      id: delivery.id,
      status: "pending",
      attempts: [{ responseExcerpt: "answer 1" }],
    });
    await deliver(installed.delivering, await installed.command(({ deliveryId }) => deliveryId === delivery.id));
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([delivery.eventId, delivery.eventId]);
    expectProblem(await ask("POST", `/api/webhooks/${id}/deliveries/${newId("dlv", 0)}/redeliver`), 404, "not_found");
    await receiver[Symbol.asyncDispose]();
  });

  it("are not sent again to a disabled endpoint", async () => {
    const { id } = await create();
    const delivery = await installed.begun(await stored(id));
    await ask("PATCH", `/api/webhooks/${id}`, { json: { enabled: false } });
    const path = `/api/webhooks/${id}`;
    expectProblem(await ask("POST", `${path}/deliveries/${delivery.id}/redeliver`), 409, "invalid_transition");
    const json = { since: "2026-11-22T00:00:00Z" };
    expectProblem(await ask("POST", `${path}/replay`, { json }), 409, "invalid_transition");
  });
});

describe("POST /api/webhooks/:id/replay", () => {
  it("answers 202 and queues the replay, as far back as the log goes", async () => {
    const { id } = await create();
    const json = { since: "2020-01-01T00:00:00+01:00", until: "2026-11-22T10:00:00.5Z", types: ["message.sent"] };
    const answer = await ask("POST", `/api/webhooks/${id}/replay`, { json });
    expect(answer).toMatchObject({ status: 202, body: { id } });
    const commands = (await installed.receive(2)).map(body => DeliveryCommand.parse(JSON.parse(body)));
    const [command] = commands.filter(({ webhookId }) => webhookId === id);
    expect(command).toMatchObject({
      type: "webhook.replay",
      until: "2026-11-22T10:00:00.500Z",
      types: ["message.sent"],
    });
    const since = command?.type === "webhook.replay" ? Date.parse(command.since) : 0;
    expect(Math.round((Date.now() - since) / 86_400_000)).toBe(30);
  });

  it("answers 400 where the time is no time", async () => {
    const { id } = await create();
    const path = `/api/webhooks/${id}/replay`;
    for (const json of [
      {},
      { since: "yesterday" },
      { since: "2026-11-22T10:00:00Z", until: "2026-11-22T09:00:00Z" },
      { since: "2026-11-22T10:00:00Z", types: ["message.*"] },
    ]) {
      expectProblem(await ask("POST", path, { json }), 400, "validation_failed");
    }
  });
});
