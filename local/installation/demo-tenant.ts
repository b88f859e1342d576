import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import * as z from "zod";
import type { DataFolder } from "./data-folder.ts";
import type { InstallationRecord } from "./installation-record.ts";

const DemoTenant = z.object({ tenantId: z.string(), apiKey: z.string() });
export type DemoTenant = z.infer<typeof DemoTenant>;

const fileName = "demo-tenant.json";
const Tenant = z.object({ id: z.string() });
const Key = z.object({ key: z.string() });

/** The tenant to try things out with, on the pro plan: made once for each data folder, by the admin routes. */
export async function demoTenant(folder: DataFolder, installation: InstallationRecord): Promise<DemoTenant> {
  const known = await folder.read(fileName, DemoTenant);
  if (known !== undefined) return known;
  const tenant = await ask(installation, "/admin/tenants", { name: "Demo", plan: "pro" }, Tenant);
  const { key } = await ask(installation, "/admin/keys", { tenantId: tenant.id, label: "demo" }, Key);
  const made = { tenantId: tenant.id, apiKey: key };
  await folder.write(fileName, made);
  return made;
}

async function ask<Schema extends z.ZodType>(
  { adminUrl, region, accessKeyId, secretAccessKey }: InstallationRecord,
  path: string,
  content: object,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const url = new URL(`${adminUrl}${path}`);
  const body = JSON.stringify(content);
  const signer = new SignatureV4({
    service: "execute-api",
    region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
  });
  const signed = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, "content-type": "application/json" },
    body,
  });
  const response = await fetch(url, { method: "POST", headers: signed.headers, body });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}
