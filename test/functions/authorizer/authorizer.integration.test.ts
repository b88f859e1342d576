import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newApiKeyText } from "../../../domain/account/api-key.ts";
import { findTenant } from "../../../domain/account/tenant-store.ts";
import { newId } from "../../../domain/id.ts";
import { openLog } from "../../../domain/log.ts";
import { authorize } from "../../../functions/authorizer/authorize.ts";
import { type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";

const log = openLog({ name: "test", level: "silent" });
let door: FrontDoor;
let tenant: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant("free");
});
afterAll(() => door.close());

const api = "arn:aws:execute-api:eu-west-1:000000000000:api1/live";
type Headers = APIGatewayRequestAuthorizerEvent["headers"];
const ask = (headers: Headers, now = Date.now) =>
  authorize({ headers, methodArn: `${api}/GET/api/sessions` }, { db: door.aws.db, now, log });
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

describe("the authorizer", () => {
  it("maps a key to its tenant, its limits and its gateway key, and allows the whole stage", async () => {
    const stored = await findTenant(door.aws.db, tenant.id);
    expect(await ask(bearer(tenant.key))).toEqual({
      principalId: tenant.id,
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: `${api}/*` }],
      },
      context: {
        tenantId: tenant.id,
        keyId: expect.stringMatching(/^key_/),
        plan: "free",
        rateLimit: "100",
        sessionsMax: "2",
        retentionDays: "",
        cursorKey: stored?.cursorKey,
      },
      usageIdentifierKey: stored?.gatewayKeyValue,
    });
  });

  it("knows the header and its scheme in any case", async () => {
    expect(await ask({ authorization: `bearer  ${tenant.key}` })).toMatchObject({ principalId: tenant.id });
  });

  it.each([
    ["no header", () => ({})],
    ["another scheme", () => ({ Authorization: `Basic ${tenant.key}` })],
    ["an empty key", () => bearer("")],
    ["two keys", () => bearer(`${tenant.key} ${tenant.key}`)],
    ["a well-formed key of nobody's", () => bearer(newApiKeyText(newId("key", Date.now()), "live"))],
    ["the right id with another secret", () => bearer(withOtherSecret(tenant.key))],
    ["the same key in the other mode", () => bearer(tenant.key.replace("wa_live_", "wa_test_"))],
  ])("refuses %s", async (_what, headers) => {
    await expect(ask(headers())).rejects.toThrow(/^Unauthorized$/);
  });

  it("refuses a mistyped key without reading a table", async () => {
    const noDb = {} as FrontDoor["aws"]["db"];
    const mistyped = tenant.key.slice(0, -1) + (tenant.key.endsWith("0") ? "1" : "0");
    const event = { headers: bearer(mistyped), methodArn: `${api}/GET/` };
    await expect(authorize(event, { db: noDb, now: Date.now, log })).rejects.toThrow(/^Unauthorized$/);
  });

  it("refuses a key that has expired, from that moment on", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { body } = await door.operate("POST", "/admin/keys", { json: { tenantId: tenant.id, expiresAt } });
    expect(await ask(bearer(body.key), () => Date.parse(expiresAt) - 1)).toMatchObject({ principalId: tenant.id });
    await expect(ask(bearer(body.key), () => Date.parse(expiresAt))).rejects.toThrow(/^Unauthorized$/);
  });

  it("refuses every key of a suspended tenant", async () => {
    const suspended = await door.tenant();
    await door.aws.db.client.send(
      new UpdateCommand({
        TableName: door.aws.db.table.accounts,
        Key: { pk: suspended.id, sk: "tenant" },
        UpdateExpression: "SET #status = :suspended",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":suspended": "suspended" },
      }),
    );
    await expect(ask(bearer(suspended.key))).rejects.toThrow(/^Unauthorized$/);
  });

  it("says that any number of sessions is allowed by an empty string", async () => {
    const enterprise = await door.tenant("enterprise", 7);
    expect((await ask(bearer(enterprise.key))).context).toMatchObject({ sessionsMax: "", rateLimit: "7" });
  });
});

function withOtherSecret(key: string): string {
  const id = `key_${key.slice(8, 34)}` as const;
  return newApiKeyText(id, "live");
}
