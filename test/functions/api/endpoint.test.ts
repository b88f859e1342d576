import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openLog } from "../../../domain/log.ts";
import { ok } from "../../../functions/api/answer.ts";
import { endpoint, serve } from "../../../functions/api/endpoint.ts";
import { finder } from "../../../functions/api/finder.ts";
import { route } from "../../../functions/api/route.ts";
import { answered, contextOfTest, expectProblem, proxyEvent } from "../front-door.ts";

const row = { resource: "root", operationId: "getThing", summary: "A thing", access: "public" } as const;
const getThing = route({ ...row, method: "GET", path: "/thing", answers: { 200: z.object({ name: z.string() }) } });

/** One endpoint that does what a test says, and what was logged meanwhile. */
function served(action: () => Promise<{ name: string }>, remainingMs?: number) {
  const lines: Record<string, unknown>[] = [];
  const handler = serve({
    routes: { getThing },
    endpoints: { getThing: endpoint(getThing, async () => ok(await action())) },
    finders: {},
    now: Date.now,
    log: openLog({ name: "test", write: line => void lines.push(JSON.parse(line)) }),
  });
  const endsAtMs = Date.now() + (remainingMs ?? 15_000);
  const context = { ...contextOfTest(), getRemainingTimeInMillis: () => endsAtMs - Date.now() };
  return { lines, ask: async () => answered(await handler(proxyEvent("GET", "/thing", {}), context)) };
}

const throwing = (error: unknown) => () => Promise.reject(error);
const named = (name: string) => Object.assign(new Error("table wasaas-sessions of 10.0.0.7"), { name });

describe("a fault of ours", () => {
  it.each([
    ["an error nobody expected", new TypeError("cannot read wasaas-sessions"), 500, "internal_error"],
    ["something that is no error", "wasaas-sessions", 500, "internal_error"],
    ["throttling", named("ProvisionedThroughputExceededException"), 503, "unavailable"],
    ["a service in trouble", named("InternalServerError"), 503, "unavailable"],
    ["a lost connection", Object.assign(new Error("10.0.0.7"), { code: "ECONNRESET" }), 503, "unavailable"],
  ])("(%s) says nothing of the inside and is logged with its cause", async (_what, error, status, code) => {
    const { ask, lines } = served(throwing(error));
    const answer = expectProblem(await ask(), status, code);
    expect(JSON.stringify(answer)).not.toMatch(/wasaas-sessions|10\.0\.0\.7/);
    expect(answer.headers["Retry-After"]).toBe(status === 503 ? "1" : undefined);
    const trace = { requestId: answer.body.requestId, operationId: "getThing" };
    expect(lines).toMatchObject([{ level: "error", message: "request failed", ...trace, error: expect.anything() }]);
  });

  it("is an answer that its own schema refuses", async () => {
    const { ask } = served(async () => ({ name: 7 as unknown as string }));
    expectProblem(await ask(), 500, "internal_error");
  });

  it("is an endpoint that would outlive its Lambda: it is answered 503 in time", async () => {
    const { ask } = served(() => new Promise(() => undefined), 400);
    expectProblem(await ask(), 503, "unavailable");
  });
});

describe("an answer", () => {
  it("carries only what its schema names", async () => {
    const { ask } = served(async () => ({ name: "thing", tenantSecret: "inside" }));
    expect((await ask()).body).toEqual({ name: "thing" });
  });
});

describe("a resource that lacks something", () => {
  const parts = { finders: {}, now: Date.now, log: openLog({ name: "test", level: "error" }) };

  it("is refused at start: an id that nobody finds", () => {
    const lost = route({ ...row, method: "GET", path: "/a", ids: [{ kind: "thing", at: ["query.id"] }], answers: {} });
    const endpoints = { lost: endpoint(lost, () => Promise.reject(new Error("never asked"))) };
    expect(() => serve({ ...parts, routes: { lost }, endpoints })).toThrow(/no finder of thing/);
    const finders = { thing: finder(async () => undefined) };
    expect(serve({ ...parts, routes: { lost }, endpoints, finders })).toBeTypeOf("function");
  });

  it("is refused at start: a POST that nobody remembers", () => {
    const forgets = route({ ...row, access: "tenant", method: "POST", path: "/a", answers: {} });
    const endpoints = { forgets: endpoint(forgets, () => Promise.reject(new Error("never asked"))) };
    expect(() => serve({ ...parts, routes: { forgets }, endpoints })).toThrow(/needs an idempotency store/);
  });
});
