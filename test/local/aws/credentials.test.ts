import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCredentials } from "../../../local/aws/credentials.ts";
import { GatewayKeyStore } from "../../../local/aws/gateway-key-store.ts";
import { KmsKeys } from "../../../local/aws/kms-keys.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "credentials-"));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

describe("secret access keys", () => {
  it("are the same at every start, and differ by access key and by installation", () => {
    const first = openCredentials(dataDir);
    expect(openCredentials(dataDir).secretOf("A")).toBe(first.secretOf("A"));
    expect(first.secretOf("A")).toMatch(/^[\w-]{40}$/);
    expect(first.secretOf("B")).not.toBe(first.secretOf("A"));
    expect(openCredentials(join(dataDir, "other")).secretOf("A")).not.toBe(first.secretOf("A"));
  });

  it("lie with the master keys and API keys in files that only their owner may read", () => {
    openCredentials(dataDir);
    new KmsKeys(dataDir, Date.now).ensureKey("k");
    const key = { name: "n", description: "", enabled: true, value: undefined, customerId: undefined };
    new GatewayKeyStore(dataDir, Date.now).createKey(key);
    const files = readdirSync(dataDir).sort();
    expect(files).toEqual(["credentials.json", "gateway-keys.json", "kms.json"]);
    for (const file of files) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
  });

  it("survive a save that was cut short, and a damaged file is told of", () => {
    const secret = openCredentials(dataDir).secretOf("A");
    writeFileSync(join(dataDir, "credentials.json.new"), '{"key":"ha');
    expect(openCredentials(dataDir).secretOf("A")).toBe(secret);
    writeFileSync(join(dataDir, "credentials.json"), '{"key":"short"}');
    expect(() => openCredentials(dataDir)).toThrow();
  });
});
