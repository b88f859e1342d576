import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { variableOf } from "../../client/curl.ts";
import { openApiDocument } from "../../functions/api/openapi/document.ts";
import { routes } from "../../functions/api/routes.ts";
import { type DocumentedOperation, operationsOf, schemaCheck } from "../openapi-document.ts";
import { ApiWorld, type NamedRequest } from "./api-world.ts";
import { onSharedProduct } from "./journey-product.ts";
import { temporaryData } from "./product.ts";

// The table's operations name the tests; what is asked and expected comes from the document that the product serves.
const table = operationsOf(JSON.parse(JSON.stringify(openApiDocument(Object.values(routes), { version: "0" }))));

let folder: Awaited<ReturnType<typeof temporaryData>>;
let world: ApiWorld;

onSharedProduct(async product => {
  folder = product.use(await temporaryData());
  world = await ApiWorld.open(product, "15550000031");
});

/** Steps of a link by passkey, which no example can take: test/journeys/linking.test.ts does. Here they are the documented 409. */
const needsPasskey = new Set(["answerPasskey", "confirmPasskey"]);

describe("the document that the product serves", () => {
  it("has the operations of the table", () => {
    const idsOf = (operations: readonly DocumentedOperation[]) =>
      operations.map(({ operation }) => operation.operationId);
    expect(idsOf(world.operations).sort()).toEqual(idsOf(table).sort());
  });

  it.each(table)("is true of $method $path, called as the README shows it", async ({ operation: { operationId } }) => {
    const { shown, request } = await requestOf(operationId);
    const answer = await called(shown, request);
    const documented = shown.operation.responses[String(answer.status)];
    if (needsPasskey.has(operationId)) expect(answer.status, answer.text).toBe(409);
    else expect(answer.status, answer.text).toBeLessThan(400);
    if (documented === undefined) throw new Error(`${answer.status} is no answer of ${operationId}`);
    for (const [name, { required }] of Object.entries(documented.headers ?? {})) {
      if (required) expect(answer.headers.get(name), name).not.toBeNull();
    }
    // curl went where it was sent, and brought what it found there.
    if (answer.headers.has("location")) return expect(answer.text).not.toBe("");
    const [[type, media] = []] = Object.entries(documented.content ?? {});
    if (type === undefined || media === undefined) return expect(answer.text).toBe("");
    const isProblem = type === "application/problem+json";
    expect(answer.headers.get("content-type")).toBe(isProblem ? type : `${type}; charset=utf-8`);
    const body = isProblem || type === "application/json" ? JSON.parse(answer.text) : answer.text;
    expect(schemaCheck(world.document)(media.schema, body)).toEqual([]);
  });
});

const run = promisify(execFile);

/** Runs the README's call of an operation in a shell and answers what the API said, and what came of it in the end. */
async function called({ operation }: DocumentedOperation, request: NamedRequest) {
  const command = (await curls()).get(operation.summary);
  if (command === undefined) throw new Error(`the README shows no curl for ${operation.operationId}`);
  const names = Object.entries(request.names).map(([name, value]) => [variableOf(name), value]);
  const HEADERS = join(folder.path, "headers");
  const { api: API, key: KEY } = world.customer;
  const env = { ...process.env, ...Object.fromEntries(names), API, KEY, HEADERS };
  const prepared = [`curl() { command curl --dump-header "$HEADERS" "$@"; }`, await headers(), command].join("\n");
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", prepared], { env, maxBuffer: 1 << 24 });
  const [first = ""] = (await readFile(HEADERS, "utf8")).split("\r\n\r\n");
  const [statusLine = "", ...lines] = first.split("\r\n");
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(statusLine.split(" ")[1]), headers: new Headers(fields), text: stdout };
}

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
