import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findApiKey, noteApiKeyUse } from "../../../domain/account/api-key-store.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant();
});
afterAll(() => door.close());

const make = (json?: object, headers: Record<string, string> = {}) =>
  door.ask("POST", "/api/keys", { key: tenant.key, headers, ...(json === undefined ? {} : { json }) });
const list = async (of = tenant) => (await door.ask("GET", "/api/keys", { key: of.key })).body.data;
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe("POST /api/keys", () => {
  it("makes another key of the tenant's, which works and is shown once", async () => {
    const expiresAt = inAnHour();
    const { status, body } = await make({ label: " backend ", expiresAt });
    expect(status).toBe(201);
    const { key, ...shown } = body;
    expect(shown).toEqual({
      id: expect.stringMatching(/^key_/),
      tenantId: tenant.id,
      label: "backend",
      mode: "live",
      status: "active",
      createdAt: expect.any(String),
      expiresAt,
      revokedAt: null,
      lastUsedAt: null,
    });
    expect(await list()).toContainEqual(shown);
    expect((await door.ask("GET", "/api/keys", { key })).status).toBe(200);
    expect(JSON.stringify(await list())).not.toContain(key);
  });

  it("needs no body", async () => {
    expect(await make()).toMatchObject({ status: 201, body: { label: null, expiresAt: null } });
  });

  it("makes one key when the same idempotency key comes twice", async () => {
    const headers = { "Idempotency-Key": "one key" };
    const first = await make({ label: "once" }, headers);
    const second = await make({ label: "once" }, headers);
    expect(second.body).toEqual(first.body);
    expect((await list()).filter(({ label }: { label: string }) => label === "once")).toHaveLength(1);
  });

  it("answers 400 for what makes no sense, field by field", async () => {
    const answer = expectProblem(
      await make({ label: "x".repeat(101), expiresAt: "soon", mode: 1 }),
      400,
      "validation_failed",
    );
    const paths = answer.body.errors.map(({ path }: { path: string }) => path).sort();
    expect(paths).toEqual(["body.expiresAt", "body.label", "body.mode"]);
    expectProblem(await make({ expiresAt: "2020-01-01T00:00:00Z" }), 400, "validation_failed");
  });

  it("answers 401 without a key", async () => {
    expectProblem(await door.ask("POST", "/api/keys", { json: {} }), 401, "unauthorized");
  });
});

describe("GET /api/keys", () => {
  it("shows a tenant its own keys alone, newest first, page by page", async () => {
    const other = await door.tenant();
    const made = (await door.ask("POST", "/api/keys", { key: other.key, json: {} })).body;
    expect((await list(other)).map(({ id }: { id: string }) => id)).toEqual([made.id, expect.stringMatching(/^key_/)]);
    const first = await door.ask("GET", "/api/keys", { key: other.key, query: { limit: "1" } });
    const query = { limit: "1", cursor: first.body.nextCursor };
    const second = await door.ask("GET", "/api/keys", { key: other.key, query });
    expect(second.body.data[0].id).not.toBe(made.id);
    expectProblem(await door.ask("GET", "/api/keys", { key: tenant.key, query }), 400, "validation_failed");
  });

  it("shows when a key was last used, written once a minute at most", async () => {
    const { body } = await make({ label: "used" });
    const { aws } = door;
    const read = async () => {
      const found = await findApiKey(aws.db, body.id);
      if (found === undefined) throw new Error("the key is gone");
      return found;
    };
    expect((await read()).lastUsedAt).toBeNull();
    await door.ask("GET", "/api/sessions", { key: body.key });
    const used = (await read()).lastUsedAt ?? "";
    expect(Date.now() - Date.parse(used)).toBeLessThan(60_000);
    // Whoever read the key before its first use may not write over it within the minute, nor who read it after.
    for (const seen of [{ ...(await read()), lastUsedAt: null }, await read()]) {
      await noteApiKeyUse(aws.db, seen, Date.parse(used) + 59_000);
      expect((await read()).lastUsedAt).toBe(used);
    }
    await noteApiKeyUse(aws.db, await read(), Date.parse(used) + 60_000);
    expect((await read()).lastUsedAt).toBe(new Date(Date.parse(used) + 60_000).toISOString());
    const shown = (await list()).find(({ id }: { id: string }) => id === body.id);
    expect(shown.lastUsedAt).not.toBeNull();
  });
});

describe("DELETE /api/keys/:id", () => {
  const remove = (id: string, key = tenant.key) => door.ask("DELETE", `/api/keys/${id}`, { key });

  it("revokes a key for good, however often", async () => {
    const { body } = await make({ label: "gone" });
    expect(await remove(body.id)).toMatchObject({ status: 204, body: undefined });
    expect((await remove(body.id)).status).toBe(204);
    await expect(door.ask("GET", "/api/keys", { key: body.key })).rejects.toThrow("Unauthorized");
    const shown = (await list()).find(({ id }: { id: string }) => id === body.id);
    expect(shown).toMatchObject({ status: "revoked", revokedAt: expect.any(String) });
  });

  it("answers 409 to the key that would revoke itself, which goes on working", async () => {
    const { body } = await make();
    expectProblem(await remove(body.id, body.key), 409, "invalid_transition");
    expect((await door.ask("GET", "/api/keys", { key: body.key })).status).toBe(200);
  });

  it("answers 404 for another tenant's key, an unknown one and an id of another kind", async () => {
    const other = await door.tenant();
    const [theirs] = await list(other);
    for (const id of [theirs.id, "key_01JD3Z8QK6W7P9V2M4N5X0T1RB", "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB", "x"]) {
      expectProblem(await remove(id), 404, "not_found");
    }
    expect((await door.ask("GET", "/api/keys", { key: other.key })).status).toBe(200);
  });
});
