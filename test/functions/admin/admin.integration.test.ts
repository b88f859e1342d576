import { APIGatewayClient, GetApiKeysCommand, GetUsagePlanKeysCommand } from "@aws-sdk/client-api-gateway";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeTenant, findTenant } from "../../../domain/account/tenant-store.ts";
import { expectProblem, type FrontDoor, openFrontDoor, usagePlanPrefix } from "../front-door.ts";

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.close());

const makeTenant = (json: object) => door.operate("POST", "/admin/tenants", { json });
const makeKey = (json: object) => door.operate("POST", "/admin/keys", { json });

describe("POST /admin/tenants", () => {
  it.each([
    ["free", 100],
    ["pro", 1_000],
    ["enterprise", 10_000],
  ])("makes a tenant on the plan %s with its limit, and nothing that is nobody's business", async (plan, rateLimit) => {
    const answer = await makeTenant({ name: "Acme", plan });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^ten_/),
      name: "Acme",
      plan,
      rateLimit,
      status: "active",
      retentionDays: null,
      optOutWords: [],
      createdAt: expect.any(String),
    });
  });

  it("puts the tenant's own key into its plan at the gateway", async () => {
    const { body } = await makeTenant({ name: "Acme", plan: "free" });
    const stored = await findTenant(door.aws.db, body.id);
    const usagePlanId = `plan-free`;
    const { items = [] } = await new APIGatewayClient().send(new GetUsagePlanKeysCommand({ usagePlanId }));
    expect(items.map(({ id }) => id)).toContain(stored?.gatewayKeyId);
    expect(door.aws.installed.front.gatewayKeys.planOf(stored?.gatewayKeyValue ?? "")?.planId).toBe(usagePlanId);
  });

  it("takes a limit and a retention of the operator's", async () => {
    const { body } = await makeTenant({ name: "Big", plan: "enterprise", rateLimit: 60, retentionDays: 30 });
    expect(body).toMatchObject({ rateLimit: 60, retentionDays: 30 });
  });

  it("refuses what makes no sense, field by field", async () => {
    const answer = await makeTenant({ name: "", plan: "gold", rateLimit: 0, retentionDays: "x", colour: 1 });
    expectProblem(answer, 400, "validation_failed");
    const paths = answer.body.errors.map(({ path }: { path: string }) => path).sort();
    expect(paths).toEqual(["body.colour", "body.name", "body.plan", "body.rateLimit", "body.retentionDays"]);
    expectProblem(await makeTenant({ name: "A", plan: "free", rateLimit: 101 }), 400, "validation_failed");
  });
});

describe("GET /admin/tenants", () => {
  it("lists tenants newest first, page by page", async () => {
    const made = [];
    for (const name of ["one", "two", "three"]) made.unshift((await makeTenant({ name, plan: "free" })).body);
    const first = await door.operate("GET", "/admin/tenants", { query: { limit: "2" } });
    expect(first.body.data).toEqual(made.slice(0, 2));
    const query = { limit: "1", cursor: first.body.nextCursor };
    expect((await door.operate("GET", "/admin/tenants", { query })).body.data).toEqual(made.slice(2));
  });
});

describe("PUT /admin/tenants/:id/plan", () => {
  const setPlan = (id: string, json: object) => door.operate("PUT", `/admin/tenants/${id}/plan`, { json });
  const planAtGateway = async (id: string) => {
    const stored = await findTenant(door.aws.db, id);
    return door.aws.installed.front.gatewayKeys.planOf(stored?.gatewayKeyValue ?? "")?.planId;
  };

  it("moves the tenant and its gateway key, with the plan's limit unless another is told", async () => {
    const { body } = await makeTenant({ name: "Growing", plan: "free" });
    expect(await planAtGateway(body.id)).toBe("plan-free");
    const pro = await setPlan(body.id, { plan: "pro" });
    expect(pro).toMatchObject({ status: 200, body: { ...body, plan: "pro", rateLimit: 1_000 } });
    expect(await planAtGateway(body.id)).toBe("plan-pro");
    const enterprise = await setPlan(body.id, { plan: "enterprise", rateLimit: 7 });
    expect(enterprise.body).toMatchObject({ plan: "enterprise", rateLimit: 7 });
    expect(await planAtGateway(body.id)).toBe("plan-enterprise");
    expect((await setPlan(body.id, { plan: "enterprise" })).body).toMatchObject({ rateLimit: 10_000 });
    expect(await planAtGateway(body.id)).toBe("plan-enterprise");
    const { items = [] } = await new APIGatewayClient().send(
      new GetApiKeysCommand({ nameQuery: `${usagePlanPrefix}-${body.id}` }),
    );
    const stored = await findTenant(door.aws.db, body.id);
    expect(items.map(({ id }) => id)).toEqual([stored?.gatewayKeyId]);
  });

  it("holds from the next authorization on, for sessions too", async () => {
    const tenant = await door.tenant("free");
    const make = () => door.ask("POST", "/api/sessions", { key: tenant.key, json: {} });
    for (let nth = 0; nth < 2; nth++) expect((await make()).status).toBe(201);
    expectProblem(await make(), 402, "quota_exceeded");
    await setPlan(tenant.id, { plan: "enterprise", rateLimit: 50 });
    const answer = await make();
    expect([answer.status, answer.headers["X-RateLimit-Limit"]]).toEqual([201, "50"]);
  });

  it("makes up for a crash before the key was moved", async () => {
    const { body } = await makeTenant({ name: "Half", plan: "free" });
    await changeTenant(door.aws.db, body.id, { plan: "pro", gatewayKeyId: null });
    expect((await setPlan(body.id, { plan: "pro" })).status).toBe(200);
    expect(await planAtGateway(body.id)).toBe("plan-pro");
  });

  it("refuses a limit that the plan does not allow, and a tenant that is none", async () => {
    const { body } = await makeTenant({ name: "Acme", plan: "free" });
    expectProblem(await setPlan(body.id, { plan: "pro", rateLimit: 1_001 }), 400, "validation_failed");
    expectProblem(await setPlan(body.id, {}), 400, "validation_failed");
    expectProblem(await setPlan("ten_01JD3Z8QK6W7P9V2M4N5X0T1RB", {}), 404, "not_found");
  });
});

describe("POST /admin/tenants/:id/suspend and /resume", () => {
  it("refuse all keys of a tenant, and let them in again", async () => {
    const tenant = await door.tenant();
    const to = (action: string) => door.operate("POST", `/admin/tenants/${tenant.id}/${action}`);
    for (let twice = 0; twice < 2; twice++) {
      expect(await to("suspend")).toMatchObject({ status: 200, body: { id: tenant.id, status: "suspended" } });
      await expect(door.ask("GET", "/api/sessions", { key: tenant.key })).rejects.toThrow("Unauthorized");
    }
    expect(await to("resume")).toMatchObject({ status: 200, body: { status: "active" } });
    expect((await door.ask("GET", "/api/sessions", { key: tenant.key })).status).toBe(200);
  });
});

describe("POST /admin/keys", () => {
  it("answers the key once, and only its hash is kept", async () => {
    const tenant = await makeTenant({ name: "Acme", plan: "pro" });
    const { status, body } = await makeKey({ tenantId: tenant.body.id, label: "backend" });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^key_/),
      tenantId: tenant.body.id,
      label: "backend",
      mode: "live",
      status: "active",
      createdAt: expect.any(String),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
      key: expect.stringMatching(/^wa_live_[0-9A-Z]{59}$/),
    });
    const listed = await door.operate("GET", "/admin/keys", { query: { tenantId: tenant.body.id } });
    const { key, ...withoutKey } = body;
    expect(listed.body.data).toEqual([withoutKey]);
    expect((await door.ask("GET", "/api/sessions", { key })).status).toBe(200);
  });

  it("makes up for a gateway key that a crash left unmade", async () => {
    const { body: tenant } = await makeTenant({ name: "Half", plan: "pro" });
    await door.aws.db.client.send(
      new UpdateCommand({
        TableName: door.aws.db.table.accounts,
        Key: { pk: tenant.id, sk: "tenant" },
        UpdateExpression: "SET gatewayKeyId = :none",
        ExpressionAttributeValues: { ":none": null },
      }),
    );
    expect((await makeKey({ tenantId: tenant.id })).status).toBe(201);
    const stored = await findTenant(door.aws.db, tenant.id);
    const nameQuery = `${usagePlanPrefix}-${tenant.id}`;
    const { items = [] } = await new APIGatewayClient().send(new GetApiKeysCommand({ nameQuery }));
    expect(items.map(({ id }) => id)).toEqual([stored?.gatewayKeyId]);
  });

  it("answers 404 for a tenant that is none, and 400 for a time that is over", async () => {
    expectProblem(await makeKey({ tenantId: "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB", junk: 1 }), 404, "not_found");
    const { body } = await makeTenant({ name: "Acme", plan: "free" });
    expectProblem(await makeKey({ tenantId: body.id, expiresAt: "2020-01-01T00:00:00Z" }), 400, "validation_failed");
  });
});

describe("DELETE /admin/keys/:id", () => {
  it("revokes a key for good, however often", async () => {
    const tenant = await door.tenant();
    const { body } = await door.operate("GET", "/admin/keys", { query: { tenantId: tenant.id } });
    const [{ id }] = body.data;
    const first = await door.operate("DELETE", `/admin/keys/${id}`);
    expect(first).toMatchObject({ status: 200, body: { id, status: "revoked", revokedAt: expect.any(String) } });
    expect((await door.operate("DELETE", `/admin/keys/${id}`)).body).toEqual(first.body);
    await expect(door.ask("GET", "/api/sessions", { key: tenant.key })).rejects.toThrow("Unauthorized");
    expectProblem(await door.operate("DELETE", "/admin/keys/key_01JD3Z8QK6W7P9V2M4N5X0T1RB"), 404, "not_found");
  });
});
