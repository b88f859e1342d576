import { describe, expect, it } from "vitest";
import { newApiKeyText } from "../../domain/account/api-key.ts";
import { newId } from "../../domain/id.ts";
import { openApiDocument } from "../../functions/api/openapi/document.ts";
import { Problem } from "../../functions/api/problem.ts";
import { routes } from "../../functions/api/routes.ts";
import { eventually } from "../eventually.ts";
import { operationsOf } from "../openapi-document.ts";
import { ApiWorld, newCustomer } from "./api-world.ts";
import { type BadRequest, badRequestsOf } from "./bad-requests.ts";
import { type JourneyProduct, onSharedProduct } from "./journey-product.ts";
import { wasaas } from "./product.ts";

const table = operationsOf(JSON.parse(JSON.stringify(openApiDocument(Object.values(routes), { version: "0" }))));
const common = ["x-api-version", "x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];

let product: JourneyProduct;
let world: ApiWorld;
let stranger: ApiWorld;
let badKeys: Record<string, string | undefined>;
let before: string[];

onSharedProduct(async shared => {
  product = shared;
  world = await ApiWorld.open(product, "15550000041");
  stranger = await ApiWorld.open(product, "15550000042");
  badKeys = await keysThatOpenNothing();
  // A second of each, so that there is a second page to have a cursor of.
  for (const one of [world, stranger]) {
    for (const kind of ["key", "key", "tpl", "tpl", "whk", "whk"]) await one.make(kind);
  }
  for (const { operation } of table) await settingOf(operation.operationId);
  await sentinel();
  before = await stored();
});

describe("bad input", () => {
  it.each(table)("is refused by $method $path as the document says", async ({ operation: { operationId } }) => {
    const { shown, ...setting } = await settingOf(operationId);
    const bad = badRequestsOf(shown, { ...setting, document: world.document, badKeys });
    expect(bad.length).toBeGreaterThan(3);
    const faults: string[] = [];
    // One after the other: many at once would be answered by as many environments, each of which has to start.
    for (const request of bad) faults.push(...(await faultsOf(request)));
    expect(faults).toEqual([]);
  });

  it("leaves nothing behind", async () => {
    await sentinel();
    expect(await stored()).toEqual(before);
  });
});

/** A good request of an operation by each of two tenants, made of things that stay. */
async function settingOf(operationId: string) {
  const shown = world.operations.find(({ operation }) => operation.operationId === operationId);
  if (shown === undefined) throw new Error(`${operationId} is not in the document`);
  const [good, foreign] = await Promise.all([world, stranger].map(one => one.request(shown, { shared: true })));
  if (good === undefined || foreign === undefined) throw new Error(`${operationId} cannot be asked`);
  const pages = shown.operation.parameters.some(({ name }) => name === "cursor");
  return { shown, good, foreign, foreignCursors: pages ? await foreignCursors(operationId, foreign.path) : {} };
}

/** What the other tenant's same listing gave as cursor, where it has a second page, and what other listings gave. */
async function foreignCursors(operationId: string, theirs: string): Promise<Record<string, string>> {
  const elsewhere = operationId === "listEvents" ? "/api/keys" : "/api/events";
  const given = {
    "another tenant's": await cursorOf(stranger, theirs),
    "another tenant's of another listing": await cursorOf(stranger, elsewhere),
    "another listing's": await cursorOf(world, elsewhere),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([what, cursor]) => (cursor === null ? [] : [[what, cursor]])),
  );
}

async function cursorOf({ customer }: ApiWorld, path: string): Promise<string | null> {
  const { status, body } = await customer.get(`${path}${path.includes("?") ? "&" : "?"}limit=1`);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}`);
  return body.nextCursor;
}

async function keysThatOpenNothing(): Promise<Record<string, string | undefined>> {
  const { key } = world.customer;
  const [first, second] = [await newCustomer(product), await newCustomer(product)];
  const revoked = await wasaas(product.dataPath, "keys", "create", "--tenant", first.tenantId);
  await wasaas(product.dataPath, "keys", "revoke", String(revoked.id));
  await wasaas(product.dataPath, "tenants", "suspend", second.tenantId);
  return {
    "no key": undefined,
    "half a key": key.slice(0, 30),
    "a mistyped key": `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`,
    "a key that was never given out": newApiKeyText(newId("key", Date.now()), "live"),
    "a revoked key": String(revoked.key),
    "a key of a suspended tenant": second.key,
  };
}

/** What is wrong with the answer to a bad request, one line a fault. */
async function faultsOf(bad: BadRequest): Promise<string[]> {
  const headers = { authorization: `Bearer ${world.customer.key}`, ...bad.headers };
  const answer = await fetch(`${world.customer.api}${bad.path}`, {
    method: bad.method,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== "")),
    ...(bad.body === undefined ? {} : { body: bad.body }),
  });
  const text = await answer.text();
  const faults: string[] = [];
  const fault = (what: string) => faults.push(`${bad.title}: ${what}`);
  if (answer.status !== bad.status) fault(`${answer.status} instead of ${bad.status}, ${text.slice(0, 300)}`);
  for (const name of common) if (!answer.headers.has(name)) fault(`no ${name}`);
  if (bad.status === 401 && answer.headers.get("x-ratelimit-limit") !== "0") fault("limits, though nobody is known");
  const type = answer.headers.get("content-type");
  if (type !== "application/problem+json") return [...faults, `${bad.title}: ${type}`];
  const problem = Problem.parse(JSON.parse(text));
  if (problem.code !== bad.code) fault(`${problem.code} instead of ${bad.code}`);
  if (problem.requestId !== answer.headers.get("x-request-id")) fault("another request's id");
  const { field } = bad;
  const named = problem.errors?.some(({ path }) => path === field || path.startsWith(`${field}.`));
  if (field !== undefined && bad.status === 400 && !named)
    fault(`names not ${field} but ${JSON.stringify(problem.errors)}`);
  const allowed = answer.headers.get("allow")?.split(", ").sort();
  if (bad.allow && allowed?.join() !== [...bad.allow].sort().join()) fault(`Allow: ${allowed?.join(", ")}`);
  return faults;
}

/** Everything that the tenant can list, but for what changes by being asked and what the sentinels are. */
async function stored(): Promise<string[]> {
  const rows: string[] = [];
  for (const shown of world.operations.filter(({ method }) => method === "GET")) {
    const { path } = await world.request(shown, { shared: true });
    const pages = shown.operation.parameters.some(({ name }) => name === "cursor");
    if (pages) for (const row of await everyRow(path)) rows.push(`${shown.operation.operationId} ${row}`);
  }
  return rows.filter(row => !row.includes(sentinelType)).sort();
}

/** What goes on by itself: a change that a request makes shows in updatedAt too. */
const volatile = /^(lastInboundAt|lastUsedAt|qr|status|statuses|attempts|nextAttemptAt|failingSince)$/;

async function everyRow(path: string): Promise<string[]> {
  const rows: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `limit=100${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const { status, body } = await world.customer.get(`${path}${path.includes("?") ? "&" : "?"}${query}`);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}`);
    rows.push(...body.data.map(row => JSON.stringify(row, (key, value) => (volatile.test(key) ? null : value))));
    // The log's cursor is there for what comes later: nothing came any more.
    cursor = body.data.length === 0 ? null : body.nextCursor;
  } while (cursor !== null);
  return rows;
}

const sentinelType = "webhook.test";

/** An event made on purpose: once it is listed, so is everything that happened before it. */
async function sentinel(): Promise<void> {
  const webhook = await world.customer.createWebhook({ url: "https://example.com/sentinel", events: ["webhook.test"] });
  const sentinels = async () => (await everyRow("/api/events")).filter(row => row.includes(sentinelType)).length;
  const soFar = await sentinels();
  await world.customer.post(`/api/webhooks/${webhook.id}/test`);
  await eventually("the log to list what just happened", async () => (await sentinels()) > soFar);
  await world.customer.ask("DELETE", `/api/webhooks/${webhook.id}`);
}
