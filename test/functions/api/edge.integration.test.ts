import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCommonHeaders, expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant();
});
afterAll(() => door.close());

const json = { "Content-Type": "application/json" };
const post = (asked: object) => door.ask("POST", "/api/sessions", { key: tenant.key, ...asked });
const pathsOf = (body: { errors: { path: string }[] }) => body.errors.map(({ path }) => path);

describe("every answer", () => {
  it("carries the version, the request id, the limits and CORS", async () => {
    const answer = await door.ask("GET", "/api/sessions", { key: tenant.key });
    expectCommonHeaders(answer);
    expect(answer.headers["Access-Control-Expose-Headers"]).toContain("X-RateLimit-Remaining");
    expect(answer.headers["Content-Type"]).toBe("application/json; charset=utf-8");
    const reset = Number(answer.headers["X-RateLimit-Reset"]);
    expect(reset % 60).toBe(0);
    expect(reset * 1000).toBeGreaterThan(Date.now() - 1000);
  });

  it("has limits of 0 where no tenant is known", async () => {
    const answer = await door.ask("GET", "/health");
    expectCommonHeaders(answer);
    expect(answer).toMatchObject({
      status: 200,
      body: { status: "ok", version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      headers: { "X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0" },
    });
  });
});

describe("a preflight", () => {
  it("is answered 204 without a key and without being counted", async () => {
    const other = await door.tenant();
    const answer = await door.ask("OPTIONS", "/api/sessions", { key: other.key });
    expect(answer).toMatchObject({ status: 204, body: undefined });
    expect(answer.headers["Access-Control-Allow-Headers"]).toContain("Idempotency-Key");
    expect(answer.headers["Access-Control-Allow-Methods"]).toContain("PATCH");
    const next = await door.ask("GET", "/api/sessions", { key: other.key });
    expect(next.headers["X-RateLimit-Remaining"]).toBe("999");
  });
});

describe("the router", () => {
  it.each(["/", "/api", "/api/nothing", "/api/sessions/x/y/z", "/api/v2/sessions", "/api/v1", "/api/sessionsX"])(
    "answers 404 at %s, counted like any request",
    async path => {
      const answer = expectProblem(await door.ask("GET", path, { key: tenant.key }), 404, "not_found");
      expect(answer.headers["X-RateLimit-Limit"]).toBe("1000");
    },
  );

  it.each([
    ["PUT", "/api/sessions", "GET, HEAD, OPTIONS, POST"],
    ["DELETE", "/api/v1/messages/send", "OPTIONS, POST"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["GET", "/api/messages/send", "OPTIONS, POST"],
    ["BREW", "/api/sessions/ses_01JD3Z8QK6W7P9V2M4N5X0T1RB/restart", "OPTIONS, POST"],
  ])("answers 405 to %s %s with Allow", async (method, path, allowed) => {
    const answer = expectProblem(await door.ask(method, path, { key: tenant.key }), 405, "method_not_allowed");
    expect(answer.headers.Allow?.split(", ").sort().join(", ")).toBe(allowed);
  });

  it("knows /api/v1 and a slash at the end as the same path", async () => {
    for (const path of ["/api/sessions", "/api/v1/sessions", "/api/sessions/"]) {
      expect((await door.ask("GET", path, { key: tenant.key })).status).toBe(200);
    }
  });

  it("answers HEAD as GET without its body", async () => {
    const answer = await door.ask("HEAD", "/api/sessions", { key: tenant.key });
    expect(answer).toMatchObject({ status: 200, body: undefined });
    expectCommonHeaders(answer);
    expectProblem(
      await door.ask("HEAD", "/api/messages/send", { key: tenant.key }).then(withProblemBody),
      405,
      "method_not_allowed",
    );
  });

  it("answers 401 where a caller is needed and none is known", async () => {
    const answer = expectProblem(await door.ask("GET", "/api/sessions"), 401, "unauthorized");
    expect(answer.headers["WWW-Authenticate"]).toBe("Bearer");
  });
});

describe("a version", () => {
  it("may be pinned, and one that does not exist is a 400 beside the other faults", async () => {
    expect((await post({ json: {}, headers: { "X-API-Version": "2026-11-01" } })).status).toBe(201);
    const answer = await post({
      json: { name: 7 },
      headers: { "x-api-version": "2020-01-01", "Idempotency-Key": "é" },
    });
    expectProblem(answer, 400, "validation_failed");
    expect(pathsOf(answer.body).sort()).toEqual(["body.name", "headers.Idempotency-Key", "headers.X-API-Version"]);
  });
});

describe("a body", () => {
  it.each(["{", "{'a':1}", "nope", '{"a":1}x', "\u{feff}{", '{"name":"\\ud800"}'])(
    "that is no JSON (%j) is a 400 at body",
    async body => {
      const answer = expectProblem(await post({ body, headers: json }), 400, "validation_failed");
      expect(pathsOf(answer.body)).toEqual(["body"]);
    },
  );

  it("that is not UTF-8 is a 400, and base64 from the gateway is decoded", async () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const broken = { body: bytes.toString("base64"), isBase64Encoded: true, headers: json };
    expectProblem(await post(broken), 400, "validation_failed");
    const fine = { ...broken, body: Buffer.from('{"name":"Ação"}').toString("base64") };
    expect((await post(fine)).body).toMatchObject({ name: "Ação" });
  });

  it("nested without an end is a 400, not a fault of ours", async () => {
    const deep = `{"metadata":{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`;
    const answer = expectProblem(await post({ body: deep, headers: json }), 400, "validation_failed");
    expect(answer.body.errors).toEqual([{ path: "body", message: "is nested deeper than 64 levels" }]);
  });

  it.each(["[]", "null", '"text"', "7", "true"])("of the wrong kind (%s) is a 400", async body => {
    expectProblem(await post({ body, headers: json }), 400, "validation_failed");
  });

  it("with prototype names is a 400 like any unknown field", async () => {
    const answer = await post({ body: '{"__proto__":{"name":"x"},"constructor":1}', headers: json });
    expectProblem(answer, 400, "validation_failed");
    expect(pathsOf(answer.body).sort()).toEqual(["body.__proto__", "body.constructor"]);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "text/json", ""])(
    "of the media type %j is a 415",
    async type => {
      expectProblem(await post({ body: "{}", headers: { "Content-Type": type } }), 415, "unsupported_media_type");
    },
  );

  it.each(["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])(
    "of the media type %j is read",
    async type => {
      expect((await post({ body: "{}", headers: { "content-type": type } })).status).toBe(201);
    },
  );

  it("over 4 MB is a 413, and one just below is read", async () => {
    const pad = (bytes: number) => `{"name":"x"${" ".repeat(bytes - 12)}}`;
    expect((await post({ body: pad(4 * 1024 * 1024), headers: json })).status).toBe(201);
    const answer = await post({ body: pad(4 * 1024 * 1024 + 1), headers: json });
    expectProblem(answer, 413, "body_too_large");
  });

  it("with thousands of unknown fields is answered within bounds", async () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, nth) => [`field${nth}`, nth])));
    const answer = expectProblem(await post({ body, headers: json }), 400, "validation_failed");
    expect(answer.body.errors).toHaveLength(1_000);
  });
});

describe("an unknown id", () => {
  it.each([
    ["a body of another media type", { body: '{"sessionId":"ses_0"}', headers: { "Content-Type": "text/plain" } }],
    ["a body that breaks every rule", { json: { sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB", to: 7, nonsense: true } }],
    [
      "an unknown version",
      { json: { sessionId: "con_01JD3Z8QK6W7P9V2M4N5X0T1RB" }, headers: { "X-API-Version": "1" } },
    ],
    ["a bad idempotency key", { json: { sessionId: "x" }, headers: { "Idempotency-Key": "" } }],
    ["a bad query", { json: { sessionId: "" }, query: { a: "1" } }],
  ])("is a 404 before %s is looked at", async (_what, asked) => {
    expectProblem(await door.ask("POST", "/api/messages/send", { key: tenant.key, ...asked }), 404, "not_found");
  });

  it("that is missing or no string is a matter of validation", async () => {
    for (const sessionId of [undefined, 7, null, {}, ["ses_01JD3Z8QK6W7P9V2M4N5X0T1RB"]]) {
      const answer = await door.ask("POST", "/api/messages/send", { key: tenant.key, json: { sessionId, text: "x" } });
      expectProblem(answer, 400, "validation_failed");
      expect(pathsOf(answer.body).sort()).toEqual(["body.sessionId", "body.to"]);
    }
  });
});

/** A HEAD's problem lost its body on the way: what its headers say is looked at all the same. */
function withProblemBody(answer: Awaited<ReturnType<FrontDoor["ask"]>>) {
  expect(answer.body).toBeUndefined();
  const body = {
    type: "about:blank",
    status: 405,
    code: "method_not_allowed",
    requestId: answer.headers["X-Request-Id"],
  };
  return { ...answer, body };
}
