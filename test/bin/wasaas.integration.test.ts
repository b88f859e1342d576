import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { InstallationRecord } from "../../local/installation/installation-record.ts";
import { type FrontDoor, openFrontDoor } from "../functions/front-door.ts";
import { gatewayRegion, operatorKey, startAdminGateway } from "./admin-gateway.ts";

let door: FrontDoor;
let gateway: { url: string; server: Server };
let home: string;
let record: InstallationRecord;
beforeAll(async () => {
  door = await openFrontDoor();
  gateway = await startAdminGateway(door);
});
afterAll(async () => {
  gateway.server.close();
  await door.close();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "wasaas-operator-"));
  record = {
    dataDir: join(home, "data"),
    adminUrl: gateway.url,
    region: gatewayRegion,
    ...operatorKey,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  };
  return () => rm(home, { recursive: true, force: true });
});

interface Run {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as an operator does, in an environment that knows nothing but a home. */
function wasaas(args: readonly string[], environment: Record<string, string> = {}): Promise<Run> {
  const env = { PATH: process.env.PATH ?? "", HOME: home, XDG_STATE_HOME: join(home, "state"), ...environment };
  return new Promise(resolve => {
    execFile(process.execPath, ["bin/wasaas.ts", ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code ?? "killed"), out, err });
    });
  });
}

async function running(name = "one", change: Partial<InstallationRecord> = {}): Promise<void> {
  const path = join(home, "state/wasaas/installations", `${name}.json`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ ...record, ...change }));
}

const oneLine = (text: string): unknown => {
  expect(text).toMatch(/^[^\n]+\n$/);
  return JSON.parse(text);
};

describe("wasaas against a local installation", () => {
  it("makes a tenant and a key that works, lists both and revokes the key", async () => {
    await running();
    const made = await wasaas(["tenants", "create", "--name", "Acme", "--plan", "free"]);
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^ten_\w{26}\n$/) });
    const tenantId = made.out.trim();
    const key = await wasaas(["keys", "create", "--tenant", tenantId, "--label", "backend"]);
    expect(key).toMatchObject({ code: 0, out: expect.stringMatching(/^wa_live_\w{59}\n$/) });
    expect((await door.ask("GET", "/api/sessions", { key: key.out.trim() })).status).toBe(200);
    expect((await wasaas(["tenants", "list"])).out).toMatch(new RegExp(`^${tenantId} +Acme +free +100 +active `, "m"));
    const listed = await wasaas(["keys", "list", "--tenant", tenantId]);
    expect(listed.out).toMatch(/backend +active/);
    const keyId = /key_\w{26}/.exec(listed.out)?.[0] ?? "";
    expect(await wasaas(["keys", "revoke", keyId])).toMatchObject({ code: 0, out: `${keyId}\n` });
    await expect(door.ask("GET", "/api/sessions", { key: key.out.trim() })).rejects.toThrow("Unauthorized");
  });

  it("puts a tenant on another plan, suspends it, resumes it and deletes it", async () => {
    await running();
    const id = (await wasaas(["tenants", "create", "--name", "Acme", "--plan", "free"])).out.trim();
    const planned = await wasaas(["tenants", "set-plan", id, "--plan", "enterprise", "--rate-limit", "60"]);
    expect(planned).toEqual({ code: 0, out: `${id}\n`, err: "on the plan enterprise, 60 requests a minute\n" });
    const kept = ["tenants", "set-plan", id, "--plan", "enterprise", "--rate-limit", "60", "--retention-days"];
    expect(oneLine((await wasaas([...kept, "90", "--json"])).out)).toMatchObject({ id, retentionDays: 90 });
    expect(oneLine((await wasaas([...kept, "forever", "--json"])).out)).toMatchObject({ id, retentionDays: null });
    expect(await wasaas([...kept, "ever"])).toMatchObject({ code: 2, err: expect.stringContaining("or forever") });
    expect((await wasaas(["tenants", "set-plan", "--help"])).out).toContain("keeps the end it was given");
    expect(await wasaas(["tenants", "suspend", id])).toMatchObject({ code: 0, out: `${id}\n` });
    expect((await wasaas(["tenants", "list"])).out).toMatch(
      new RegExp(`^${id} +Acme +enterprise +60 +suspended `, "m"),
    );
    const resumed = oneLine((await wasaas(["tenants", "resume", id, "--json"])).out);
    expect(resumed).toMatchObject({ id, status: "active" });
    expect(await wasaas(["tenants", "delete", id])).toMatchObject({ code: 0, out: `${id}\n` });
    expect((await wasaas(["tenants", "list"])).out).toMatch(new RegExp(`^${id} .* deleting `, "m"));
    expect(await wasaas(["tenants", "suspend", "ten_x"])).toMatchObject({ code: 1, out: "" });
  });

  it("prints one line of JSON alone on stdout with --json, wherever it stands", async () => {
    await running();
    const args = ["create", "--name", "Big", "--plan", "enterprise", "--rate-limit", "60", "--retention-days", "30"];
    const made = await wasaas(["--json", "tenants", ...args]);
    const tenant = oneLine(made.out) as { id: string };
    expect(tenant).toMatchObject({ name: "Big", plan: "enterprise", rateLimit: 60, retentionDays: 30 });
    expect(made.err).toBe("");
    const key = oneLine((await wasaas(["keys", "create", "--tenant", tenant.id, "--json"])).out) as { id: string };
    expect(key).toMatchObject({ tenantId: tenant.id, label: null, key: expect.stringMatching(/^wa_live_/) });
    const tenants = oneLine((await wasaas(["tenants", "list", "--json"])).out);
    expect(tenants).toMatchObject({ data: expect.arrayContaining([tenant]) });
    const keys = oneLine((await wasaas(["keys", "list", "--tenant", tenant.id, "--json"])).out);
    expect(keys).toMatchObject({ data: [{ id: key.id, status: "active" }] });
    expect(JSON.stringify(keys)).not.toContain("wa_live_");
    expect(oneLine((await wasaas(["keys", "revoke", key.id, "--json"])).out)).toMatchObject({ status: "revoked" });
  });

  it("finds the newest one that lives, or the one whose data folder is named", async () => {
    const elsewhere = { adminUrl: "http://127.0.0.1:9/live" };
    await running("older", { ...elsewhere, startedAt: "2026-01-01T00:00:00.000Z" });
    await running("dead", { ...elsewhere, startedAt: "2099-01-01T00:00:00.000Z", pid: 2 ** 22 + 1 });
    await running("newest");
    expect(await wasaas(["tenants", "list"])).toMatchObject({ code: 0 });
    await mkdir(record.dataDir);
    await writeFile(join(record.dataDir, "installation.json"), JSON.stringify({ ...record, ...elsewhere }));
    for (const run of [
      wasaas(["tenants", "list", "--data", record.dataDir]),
      wasaas(["tenants", "list"], { WASAAS_DATA: record.dataDir }),
    ]) {
      expect(await run).toMatchObject({ code: 1, out: "", err: expect.stringContaining("127.0.0.1:9") });
    }
  });
});

describe("wasaas against AWS", () => {
  const credentials = {
    AWS_ACCESS_KEY_ID: operatorKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operatorKey.secretAccessKey,
  };

  it("signs with the default credentials for the admin URL, with or without /admin at its end", async () => {
    const environment = { ...credentials, AWS_REGION: gatewayRegion };
    for (const url of [gateway.url, `${gateway.url}/admin`, `${gateway.url}/`]) {
      expect(await wasaas(["tenants", "list", "--admin-url", url], environment)).toMatchObject({ code: 0 });
    }
    expect(await wasaas(["tenants", "list"], { ...environment, WASAAS_ADMIN_URL: gateway.url })).toMatchObject({
      code: 0,
    });
  });

  it("says in one line that a signature was refused", async () => {
    const environment = { ...credentials, AWS_SECRET_ACCESS_KEY: "wrong", AWS_REGION: gatewayRegion };
    const run = await wasaas(["tenants", "list", "--admin-url", gateway.url], environment);
    expect(run).toEqual({ code: 1, out: "", err: "wasaas: Sign the request: mismatch\n" });
  });
});

describe("wasaas asked wrongly", () => {
  const json = { out: "" };

  it.each([
    [["tenants", "create", "--name", "x"], /--plan/, 2],
    [["tenants", "create", "--name", "x", "--plan", "gold"], /Allowed choices are free, pro, enterprise/, 2],
    [["tenants", "create", "--name", "x", "--plan", "pro", "--rate-limit", "ten"], /whole number/, 2],
    [["tenants", "destroy"], /unknown command/, 2],
    [["keys", "create"], /--tenant/, 2],
    [["--admin-url", "nowhere", "tenants", "list"], /not an http\(s\) URL/, 2],
    [["tenants", "list"], /^wasaas: no local installation is running/, 1],
    [["tenants", "list", "--data", "/nowhere"], /^wasaas: no installation runs on \/nowhere/, 1],
  ])("%j ends in one clear line", async (args, message, code) => {
    const run = await wasaas(args);
    expect(run).toMatchObject({ ...json, code });
    expect(run.err).toMatch(message);
    expect(run.err.trim().split("\n")).toHaveLength(1);
  });

  it("names every field that the installation refuses", async () => {
    await running();
    const run = await wasaas(["tenants", "create", "--name", " ", "--plan", "free", "--retention-days", "0"]);
    expect(run).toMatchObject({ code: 1, out: "" });
    expect(run.err).toMatch(/^wasaas: name .*; retentionDays .*\n$/);
    expect(await wasaas(["keys", "list", "--tenant", "ten_x"])).toMatchObject({
      code: 1,
      err: "wasaas: There is nothing here under this address or id.\n",
    });
  });

  it("ends well after help and version", async () => {
    expect(await wasaas(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("Usage: wasaas") });
    expect(await wasaas(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
