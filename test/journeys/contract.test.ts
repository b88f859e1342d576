import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { variableOf } from "../../client/curl.ts";
import { openApiDocument } from "../../functions/api/openapi/document.ts";
import { routes } from "../../functions/api/routes.ts";
import { type DocumentedOperation, operationsOf, schemaCheck } from "../openapi-document.ts";
import { ApiWorld } from "./api-world.ts";
import { type Product, startProduct, temporaryData } from "./product.ts";

// The table's operations name the tests; what is asked and expected comes from the document that the product serves.
const table = operationsOf(JSON.parse(JSON.stringify(openApiDocument(Object.values(routes), { version: "0" }))));

let data: Awaited<ReturnType<typeof temporaryData>>;
let product: Product;
let world: ApiWorld;

beforeAll(async () => {
  data = await temporaryData();
  product = await startProduct(data.path, "--fresh");
  world = await ApiWorld.open(product, data.path, "15550000031");
});

afterAll(async () => {
  await product?.stop();
  await data?.[Symbol.asyncDispose]();
});

describe("the document that the product serves", () => {
  it("has the operations of the table", () => {
    const idsOf = (operations: readonly DocumentedOperation[]) =>
      operations.map(({ operation }) => operation.operationId);
    expect(idsOf(world.operations).sort()).toEqual(idsOf(table).sort());
  });

  it.each(table)("is true of $method $path", async ({ operation: { operationId } }) => {
    const { shown, request } = await requestOf(operationId);
    const answer = await fetch(`${world.customer.api}${request.path}`, {
      method: request.method,
      redirect: "manual",
      headers: {
        authorization: `Bearer ${world.customer.key}`,
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const text = await answer.text();
    const documented = shown.operation.responses[String(answer.status)];
    expect(answer.status, text).toBeLessThan(400);
    if (documented === undefined) throw new Error(`${answer.status} is no answer of ${operationId}`);
    for (const [name, { required }] of Object.entries(documented.headers ?? {})) {
      if (required) expect(answer.headers.get(name), name).not.toBeNull();
    }
    const [[type, media] = []] = Object.entries(documented.content ?? {});
    if (type === undefined || media === undefined) return expect(text).toBe("");
    expect(answer.headers.get("content-type")).toBe(`${type}; charset=utf-8`);
    const body = type === "application/json" ? JSON.parse(text) : text;
    expect(schemaCheck(world.document)(media.schema, body)).toEqual([]);
  });
});

describe("the README's API section", () => {
  it.each(table)("shows a call that works for $method $path", async ({ operation: { operationId } }) => {
    const { shown, request } = await requestOf(operationId);
    const command = (await curls()).get(shown.operation.summary);
    if (command === undefined) throw new Error(`the README shows no curl for ${operationId}`);
    const names = Object.entries(request.names).map(([name, value]) => [variableOf(name), value]);
    const env = { ...process.env, ...Object.fromEntries(names), API: world.customer.api, KEY: world.customer.key };
    const prepared = [`curl() { command curl --fail-with-body "$@"; }`, await headers(), command].join("\n");
    const { stdout } = await run("bash", ["-euo", "pipefail", "-c", prepared], { env, maxBuffer: 16 * 1024 * 1024 });
    if (shown.operation.responses["204"] === undefined) expect(stdout).not.toBe("");
  });
});

const run = promisify(execFile);

async function requestOf(operationId: string) {
  const shown = world.operations.find(({ operation }) => operation.operationId === operationId);
  if (shown === undefined) throw new Error(`${operationId} is not in the document`);
  return { shown, request: await world.request(shown) };
}

async function apiSection(): Promise<string> {
  return (await readFile("README.md", "utf8")).split(/^## /m).find(section => section.startsWith("API\n")) ?? "";
}

/** Each curl of the README's API section, by the words above it. */
async function curls(): Promise<Map<string, string>> {
  const shown = [...(await apiSection()).matchAll(/^# (.+)\n(curl .+)$/gm)];
  return new Map(shown.map(([, summary = "", command = ""]) => [summary, command]));
}

/** What the section begins with: the headers that its calls share. */
async function headers(): Promise<string> {
  return /```sh\n(auth=.+)\n```/.exec(await apiSection())?.[1] ?? "";
}
