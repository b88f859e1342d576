import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
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

/** Sends a text, and answers when DynamoDB may delete each row that was stored of it. */
async function expiriesOfSend(tenant: TenantOfTest): Promise<{ createdAtSeconds: number; expiries: unknown[] }> {
  const session = await linkedSession(door, tenant);
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

  it("is not shown on a session", async () => {
    const tenant = await tenantKeeping(7);
    const { body } = await door.ask("POST", "/api/sessions", { key: tenant.key, json: {} });
    expect(body).not.toHaveProperty("retentionDays");
  });
});
