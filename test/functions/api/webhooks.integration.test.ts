import { BatchWriteCommand, GetCommand } from "@aws-sdk/lib-dynamodb";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findEvent, listEvents } from "../../../domain/event/listing.ts";
import { newId } from "../../../domain/id.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { findWebhook } from "../../../domain/webhook/store.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";
import { webhooksMax } from "../../../domain/webhook/webhook-quota.ts";
import { deliver } from "../../../functions/webhook-delivery/deliver.ts";
import { fanOut } from "../../../functions/webhook-fanout/fan-out.ts";
import { type Asked, expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { startReceiver } from "../webhook-delivery/receiver.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";

let door: FrontDoor;
let installed: WebhooksInstalled;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  installed = new WebhooksInstalled(door.aws);
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
});
afterAll(() => door.close());

const unknownId = "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB";
const fields = { url: "https://example.com/hook", events: ["message.*"] };
const ask = (method: string, path: string, asked: Asked = {}, of = tenant) =>
  door.ask(method, path, { key: of.key, ...asked });
const create = async (json: object = {}, of = tenant) =>
  (await ask("POST", "/api/webhooks", { json: { ...fields, ...json } }, of)).body;
const pathsOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  answer.body.errors.map((error: { path: string }) => error.path).sort();
const stored = async (id: string) => (await findWebhook(door.aws.db, tenant.id, id)) as Webhook;

describe("POST /api/webhooks", () => {
  it("answers 201 with the webhook and its secret, which no other answer shows", async () => {
    const answer = await ask("POST", "/api/webhooks", { json: { ...fields, description: " Orders " } });
    expect(answer.status).toBe(201);
    const { secret, ...webhook } = answer.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^whk_[0-9A-HJKMNP-TV-Z]{26}$/),
      ...fields,
      sessionIds: null,
      description: "Orders",
      enabled: true,
      status: "enabled",
      failingSince: null,
      disabledReason: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: webhook.createdAt,
    });
    expect((await ask("GET", `/api/webhooks/${webhook.id}`)).body).toEqual(webhook);
    expect((await ask("GET", "/api/webhooks")).body.data[0]).toEqual(webhook);
  });

  it("keeps the secret sealed", async () => {
    const { id, secret } = await create();
    const Key = { pk: tenant.id, sk: id };
    const { Item } = await door.aws.db.client.send(new GetCommand({ TableName: door.aws.db.table.webhooks, Key }));
    const text = JSON.stringify(Item, (_name, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    );
    expect(text).not.toContain(secret.slice(6));
    expect(text).not.toContain(Buffer.from(secret.slice(6), "base64").toString("latin1"));
  });

  it("makes one webhook under one Idempotency-Key, and replays its secret", async () => {
    const asked = { json: fields, headers: { "Idempotency-Key": "hook-1" } };
    const first = await ask("POST", "/api/webhooks", asked);
    const second = await ask("POST", "/api/webhooks", asked);
    expect(second.body).toEqual(first.body);
    expect(second.headers["Idempotent-Replayed"]).toBe("true");
  });

  it("answers 400 naming every offending field", async () => {
    const json = { url: "ftp://example.com", events: ["message.invented"], colour: "red", description: 3 };
    const answer = expectProblem(await ask("POST", "/api/webhooks", { json }), 400, "validation_failed");
    expect(pathsOf(answer)).toEqual(["body.colour", "body.description", "body.events.0", "body.url"]);
    const empty = expectProblem(await ask("POST", "/api/webhooks", { json: {} }), 400, "validation_failed");
    expect(pathsOf(empty)).toEqual(["body.events", "body.url"]);
  });

  it.each([
    "http://example.com/hook",
    "https://10.0.0.1/hook",
    "https://[::ffff:169.254.169.254]/",
    "https://2852039166/",
    "https://user:password@example.com/",
    "https://metadata.google.internal/",
  ])("answers 400 to %s", async url => {
    const answer = expectProblem(
      await ask("POST", "/api/webhooks", { json: { ...fields, url } }),
      400,
      "validation_failed",
    );
    expect(pathsOf(answer)).toEqual(["body.url"]);
  });

  it("takes the tenant's own sessions, and answers 404 to another's before it looks at anything else", async () => {
    const own = (await ask("POST", "/api/sessions", { json: {} })).body.id;
    const foreign = (await ask("POST", "/api/sessions", { json: {} }, stranger)).body.id;
    expect(await create({ sessionIds: [own] })).toMatchObject({ sessionIds: [own] });
    for (const id of [foreign, newId("ses", 0), "ses_1", unknownId]) {
      const answer = await ask("POST", "/api/webhooks", { json: { url: 1, sessionIds: [own, id] } });
      expectProblem(answer, 404, "not_found");
    }
    expectProblem(
      await ask("POST", "/api/webhooks", { json: { ...fields, sessionIds: [] } }),
      400,
      "validation_failed",
    );
  });

  it("answers 402 to a tenant that has a thousand", async () => {
    const crowded = await door.tenant();
    const { id } = await create({}, crowded);
    const row = await findWebhook(door.aws.db, crowded.id, id);
    const nowMs = Date.now();
    for (let made = 1; made < webhooksMax; made += 25) {
      const puts = Array.from({ length: Math.min(25, webhooksMax - made) }, () => {
        const other = newId("whk", nowMs);
        return { PutRequest: { Item: { ...row, failingSince: undefined, id: other, pk: crowded.id, sk: other } } };
      });
      const RequestItems = { [door.aws.db.table.webhooks]: puts };
      await door.aws.db.client.send(new BatchWriteCommand({ RequestItems }));
    }
    expectProblem(await ask("POST", "/api/webhooks", { json: fields }, crowded), 402, "quota_exceeded");
    expect((await ask("DELETE", `/api/webhooks/${id}`, {}, crowded)).status).toBe(204);
    expect((await ask("POST", "/api/webhooks", { json: fields }, crowded)).status).toBe(201);
  });

  it("answers 401 without a key", async () => {
    expectProblem(await door.ask("POST", "/api/webhooks", { json: fields }), 401, "unauthorized");
  });
});

describe("GET /api/webhooks", () => {
  it("lists the tenant's own, newest first, page by page", async () => {
    const lister = await door.tenant();
    const made: string[] = [];
    for (let count = 0; count < 3; count++) made.unshift((await create({}, lister)).id);
    await create({}, stranger);
    const first = (await ask("GET", "/api/webhooks", { query: { limit: "2" } }, lister)).body;
    const rest = (await ask("GET", "/api/webhooks", { query: { limit: "2", cursor: first.nextCursor } }, lister)).body;
    const ids = [...first.data, ...rest.data].map(({ id }: { id: string }) => id);
    expect(ids).toEqual(made);
    expect(rest.nextCursor).toBeNull();
    const stolen = await ask("GET", "/api/webhooks", { query: { cursor: first.nextCursor } }, stranger);
    expectProblem(stolen, 400, "validation_failed");
  });
});

describe("a webhook of another tenant, or of nobody", () => {
  it.each([
    ["GET", ""],
    ["PATCH", ""],
    ["PUT", ""],
    ["DELETE", ""],
    ["POST", "/test"],
    ["POST", "/rotate-secret"],
    ["GET", "/deliveries"],
    ["POST", "/deliveries/dlv_01JD3Z8QK6W7P9V2M4N5X0T1RB/redeliver"],
    ["POST", "/replay"],
  ])("%s /api/webhooks/:id%s answers the same 404, whatever the body", async (method, action) => {
    const foreign = (await create({}, stranger)).id;
    for (const id of [foreign, unknownId, "whk_1", "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB"]) {
      const answer = await ask(method, `/api/webhooks/${id}${action}`, { json: { nonsense: true } });
      expectProblem(answer, 404, "not_found");
    }
    expect((await ask("GET", `/api/webhooks/${foreign}`, {}, stranger)).status).toBe(200);
  });
});

describe("PATCH and PUT /api/webhooks/:id", () => {
  it("PATCH changes what is named and PUT sets the rest anew", async () => {
    const { id, secret: _secret, ...made } = await create({ description: "Orders" });
    const patched = await ask("PATCH", `/api/webhooks/${id}`, { json: { events: ["*"] } });
    expect(patched.status).toBe(200);
    expect(patched.body).toEqual({ ...made, id, events: ["*"], updatedAt: patched.body.updatedAt });
    const json = { url: "https://example.org/", events: ["session.qr"] };
    const put = await ask("PUT", `/api/webhooks/${id}`, { json });
    expect(put.body).toMatchObject({ ...json, description: null, sessionIds: null, enabled: true });
    expect((await ask("GET", `/api/webhooks/${id}`)).body).toEqual(put.body);
  });

  it("enabled: false disables it, and true forgets its failures", async () => {
    const { webhook } = await installed.newWebhook({
      tenantId: tenant.id as Webhook["tenantId"],
      failingSince: "2026-11-01T00:00:00.000Z",
      failures: 19,
    });
    const path = `/api/webhooks/${webhook.id}`;
    expect((await ask("GET", path)).body).toMatchObject({
      status: "failing",
      failingSince: "2026-11-01T00:00:00.000Z",
    });
    const off = await ask("PATCH", path, { json: { enabled: false } });
    expect(off.body).toMatchObject({ enabled: false, status: "disabled", disabledReason: "requested" });
    const on = await ask("PATCH", path, { json: { enabled: true } });
    expect(on.body).toMatchObject({ enabled: true, status: "enabled", disabledReason: null, failingSince: null });
    expect(await stored(webhook.id)).toMatchObject({ failures: 0 });
  });

  it("answers 400 naming every offending field, and 404 to another tenant's session", async () => {
    const { id } = await create();
    const json = { url: "https://127.0.0.1.nip.io\\", enabled: "yes", secret: "whsec_mine" };
    const answer = expectProblem(await ask("PATCH", `/api/webhooks/${id}`, { json }), 400, "validation_failed");
    expect(pathsOf(answer)).toEqual(["body.enabled", "body.secret", "body.url"]);
    const foreign = (await ask("POST", "/api/sessions", { json: {} }, stranger)).body.id;
    expectProblem(await ask("PUT", `/api/webhooks/${id}`, { json: { sessionIds: [foreign] } }), 404, "not_found");
  });
});

describe("DELETE /api/webhooks/:id", () => {
  it("answers 204, and then it is gone", async () => {
    const { id } = await create();
    const answer = await ask("DELETE", `/api/webhooks/${id}`);
    expect(answer).toMatchObject({ status: 204, body: undefined });
    for (const method of ["GET", "DELETE"]) {
      expectProblem(await ask(method, `/api/webhooks/${id}`), 404, "not_found");
    }
  });
});

describe("POST /api/webhooks/:id/test", () => {
  it("answers 202, logs a webhook.test event and publishes it for that endpoint alone", async () => {
    const receiver = await startReceiver();
    const { id, secret } = await create({ url: receiver.url, events: ["session.qr"] });
    await create({ events: ["*"] });
    const answer = await ask("POST", `/api/webhooks/${id}/test`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ id, status: "enabled" });
    const cursors = cursorsFor("a key", []);
    const log = await listEvents(door.aws.db, tenant.id, { limit: 100, cursors, nowMs: Date.now() + 10_000 });
    const event = log.data.find(({ data }) => data.id === id);
    if (event === undefined) throw new Error("the test is not in the log");
    expect(event).toMatchObject({ type: "webhook.test", sessionId: null, sequence: 0, metadata: {} });
    expect(await findEvent(door.aws.db, tenant.id, event.id)).toEqual(event);
    // What the fan-out and the delivery make of it.
    expect(await fanOut(installed.delivering, { event })).toBe(1);
    await deliver(installed.delivering, await installed.command(({ webhookId }) => webhookId === id));
    const [received] = receiver.received;
    expect(new Verifier(secret).verify(received?.body ?? "", received?.headers as Record<string, string>)).toEqual(
      event,
    );
    await receiver[Symbol.asyncDispose]();
  });
});
