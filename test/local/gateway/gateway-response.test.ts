import { describe, expect, it } from "vitest";
import { GatewayRefusal } from "../../../local/gateway/gateway-refusal.ts";
import { gatewayResponse } from "../../../local/gateway/gateway-response.ts";
import { header } from "../../../local/gateway/http-message.ts";
import { requestContext } from "../../../local/gateway/request-context.ts";
import type { GatewayResponseDefinition } from "../../../local/gateway/rest-api-definition.ts";

const api = {
  id: "api",
  stage: "live",
  stageVariables: {},
  keySource: "HEADER" as const,
  binaryMediaTypes: [],
  root: { id: "root", path: "/", methods: new Map(), children: new Map() },
  responses: new Map(),
};
const request = { method: "GET", path: "/x", query: "", headers: [], body: Buffer.alloc(0), sourceIp: "127.0.0.1" };
const context = requestContext(api, "000000000000", request, undefined, 0);
const problem = {
  parameters: {
    "gatewayresponse.header.Content-Type": "'application/problem+json'",
    "gatewayresponse.header.X-Request-Id": "context.requestId",
    "gatewayresponse.header.X-Asked": "method.request.header.X-Ask",
  },
  templates: {
    "application/json":
      '{"detail":$context.error.messageString,"type":"$context.error.responseType","at":"$context.path","id":"$context.requestId"}',
  },
  status: undefined,
};

describe("gatewayResponse", () => {
  it("is AWS's own where the template has none", () => {
    const { status, headers, body } = gatewayResponse(new Map(), new GatewayRefusal("UNAUTHORIZED"), context, []);
    expect(status).toBe(401);
    expect(JSON.parse(body.toString())).toEqual({ message: "Unauthorized" });
    expect(header(headers, "x-amzn-ErrorType")).toBe("UnauthorizedException");
  });

  it("fills the template and the headers of the family's default, keeping the refusal's status", () => {
    const responses = new Map([["DEFAULT_4XX", problem]]);
    const asked = [["x-ask", "me"]] as const;
    const { status, headers, body } = gatewayResponse(responses, new GatewayRefusal("THROTTLED"), context, asked);
    expect(status).toBe(429);
    expect(JSON.parse(body.toString())).toEqual({
      detail: "Too Many Requests",
      type: "THROTTLED",
      at: "/live/x",
      id: context.requestId,
    });
    expect(header(headers, "content-type")).toBe("application/problem+json");
    expect(header(headers, "x-request-id")).toBe(context.requestId);
    expect(header(headers, "x-asked")).toBe("me");
  });

  it("prefers the response of the type to that of the family, and its status", () => {
    const responses = new Map<string, GatewayResponseDefinition>([
      ["DEFAULT_4XX", problem],
      ["INVALID_API_KEY", { ...problem, status: 401 }],
    ]);
    expect(gatewayResponse(responses, new GatewayRefusal("INVALID_API_KEY"), context, []).status).toBe(401);
    expect(gatewayResponse(responses, new GatewayRefusal("ACCESS_DENIED"), context, []).status).toBe(403);
  });

  it("says null where AWS has no message", () => {
    const responses = new Map([["DEFAULT_5XX", problem]]);
    const { body } = gatewayResponse(responses, new GatewayRefusal("AUTHORIZER_FAILURE"), context, []);
    expect(JSON.parse(body.toString()).detail).toBeNull();
  });
});
