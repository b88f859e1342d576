import { describe, expect, it } from "vitest";
import { GatewayRefusal } from "../../../local/gateway/gateway-refusal.ts";
import { proxyAnswer } from "../../../local/gateway/proxy-answer.ts";
import { requestContext } from "../../../local/gateway/request-context.ts";

const api = {
  id: "api",
  stage: "live",
  stageVariables: {},
  keySource: "HEADER" as const,
  binaryMediaTypes: [],
  root: { id: "root", path: "/", methods: new Map(), children: new Map() },
  responses: new Map(),
};
const request = { method: "GET", path: "/", query: "", headers: [], body: Buffer.alloc(0), sourceIp: "127.0.0.1" };
const context = requestContext(api, "000000000000", request, undefined, 0);
const answer = (returned: unknown, accept?: string) =>
  proxyAnswer(JSON.stringify(returned) ?? "null", context, { mediaTypes: ["image/png"], accept });

describe("proxyAnswer", () => {
  it.each([
    ["nothing", null],
    ["a string", "hello"],
    ["no status code", { body: "x" }],
    ["a status code that is no number", { statusCode: "ok" }],
    ["a body that is no text", { statusCode: 200, body: { a: 1 } }],
    ["a header that is an object", { statusCode: 200, headers: { a: {} } }],
  ])("is a 502 for %s", (_, returned) => {
    expect(() => answer(returned)).toThrow(GatewayRefusal);
  });

  it("answers JSON unless the function says otherwise, and keeps repeated headers apart", () => {
    const { status, headers, body } = answer({
      statusCode: 201,
      headers: { "x-count": 3, "set-cookie": "lost" },
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
      body: "{}",
    });
    expect(status).toBe(201);
    expect(headers).toContainEqual(["Content-Type", "application/json"]);
    expect(headers).toContainEqual(["x-count", "3"]);
    expect(headers.filter(([name]) => name.toLowerCase() === "set-cookie").map(([, value]) => value)).toEqual([
      "a=1",
      "b=2",
    ]);
    expect(body.toString()).toBe("{}");
  });

  it("renames the headers that a REST API keeps to itself", () => {
    const { headers } = answer({ statusCode: 401, headers: { "WWW-Authenticate": "Bearer" } });
    expect(headers).toContainEqual(["x-amzn-Remapped-WWW-Authenticate", "Bearer"]);
  });

  it("decodes base64 only where the first accepted media type is one of the API's binary ones", () => {
    const png = { statusCode: 200, body: "iVBORw==", isBase64Encoded: true };
    expect(answer(png, "image/png, */*").body).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
    expect(answer(png, "*/*, image/png").body.toString()).toBe("iVBORw==");
    expect(answer(png).body.toString()).toBe("iVBORw==");
  });
});
