import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeTenant } from "../../../domain/account/tenant-store.ts";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.close());

async function tenantKeeping(retentionDays: number | null): Promise<TenantOfTest> {
  const json = { name: "Keeping", plan: "pro", retentionDays };
  const { body } = await door.operate("POST", "/admin/tenants", { json });
  const key = await door.operate("POST", "/admin/keys", { json: { tenantId: body.id } });
  return { id: body.id, key: key.body.key };
}

const setPlan = (tenant: TenantOfTest, json: object) =>
  door.operate("PUT", `/admin/tenants/${tenant.id}/plan`, { json: { plan: "pro", ...json } });

/** Sends a text, and answers when DynamoDB may delete each row that was stored of it. */
async function expiriesOfSend(
  tenant: TenantOfTest,
  from?: Session,
): Promise<{ createdAtSeconds: number; expiries: unknown[] }> {
  const session = from ?? (await linkedSession(door, tenant));
  const json = { sessionId: session.id, to: "+5511912345678", text: "Hi" };
  const { body } = await door.ask("POST", "/api/messages/send", { key: tenant.key, json });
  expect(body).not.toHaveProperty("ttl");
  const { Items = [] } = await door.aws.db.client.send(
    new ScanCommand({
      TableName: door.aws.db.table.messages,
      FilterExpression: "begins_with(pk, :session)",
      ExpressionAttributeValues: { ":session": `${tenant.id}#${session.id}` },
    }),
  );
  expect(Items).toHaveLength(2);
  return { createdAtSeconds: Math.floor(Date.parse(body.createdAt) / 1_000), expiries: Items.map(({ ttl }) => ttl) };
}

describe("a tenant's retention", () => {
  it("ends a message and what points at it after its days", async () => {
    const { createdAtSeconds, expiries } = await expiriesOfSend(await tenantKeeping(7));
    const end = createdAtSeconds + 7 * 86_400;
    expect(expiries).toEqual([end, end]);
  });

  it("of none keeps messages for good", async () => {
    const { expiries } = await expiriesOfSend(await tenantKeeping(null));
    expect(expiries).toEqual([undefined, undefined]);
  });

  it("of an operator's other mind holds for new messages of the sessions that are there, and for no earlier ones", async () => {
    const tenant = await tenantKeeping(null);
    const session = await linkedSession(door, tenant);
    expect((await setPlan(tenant, { retentionDays: 3 })).body).toMatchObject({ plan: "pro", retentionDays: 3 });
    const { createdAtSeconds, expiries } = await expiriesOfSend(tenant, session);
    const end = createdAtSeconds + 3 * 86_400;
    expect(expiries).toEqual([end, end]);
    expect((await setPlan(tenant, {})).body).toMatchObject({ retentionDays: 3 });
    expect((await setPlan(tenant, { retentionDays: null })).body).toMatchObject({ retentionDays: null });
    const forGood = await expiriesOfSend(tenant, await linkedSession(door, tenant));
    expect(forGood.expiries).toEqual([undefined, undefined]);
  });

  it("reaches sessions that a crash kept from it whenever the plan is set again", async () => {
    const tenant = await tenantKeeping(null);
    const session = await linkedSession(door, tenant);
    await changeTenant(door.aws.db, tenant.id, { retentionDays: 3 });
    expect((await setPlan(tenant, {})).status).toBe(200);
    const { createdAtSeconds, expiries } = await expiriesOfSend(tenant, session);
    const end = createdAtSeconds + 3 * 86_400;
    expect(expiries).toEqual([end, end]);
  });

  it("is refused where it is no number of days", async () => {
    const tenant = await tenantKeeping(null);
    for (const retentionDays of [0, 1.5, "7", 36_501])
      expectProblem(await setPlan(tenant, { retentionDays }), 400, "validation_failed");
  });

  it("is not shown on a session", async () => {
    const tenant = await tenantKeeping(7);
    const { body } = await door.ask("POST", "/api/sessions", { key: tenant.key, json: {} });
    expect(body).not.toHaveProperty("retentionDays");
  });
});
