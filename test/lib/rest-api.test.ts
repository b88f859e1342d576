import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { Problem } from "../../functions/api/problem.ts";
import { RestApi } from "../../lib/rest-api.ts";
import { addUsagePlans } from "../../lib/usage-plans.ts";

const stack = new Stack(new App(), "Api");
const functionNamed = (id: string) => ({
  lambda: new lambda.Function(stack, id, {
    runtime: lambda.Runtime.NODEJS_24_X,
    code: lambda.Code.fromInline("exports.handler = async () => undefined"),
    handler: "index.handler",
  }),
});
const rest = new RestApi(stack, "RestApi", { name: "wasaas", authorizer: functionNamed("Authorizer").lambda });
rest.routeResources({ sessions: functionNamed("Sessions"), messages: functionNamed("Messages") });
rest.routeTheRest(functionNamed("Root"));
rest.route("admin", functionNamed("Admin").lambda, "iam");
addUsagePlans(rest.api, "wasaas");
const template = Template.fromStack(stack);

const Ref = z.object({ Ref: z.string() });
const Resource = z.object({
  PathPart: z.string(),
  ParentId: z.union([Ref.transform(({ Ref: id }) => id), z.unknown().transform(() => "root")]),
});
const Method = z.object({
  HttpMethod: z.string(),
  AuthorizationType: z.string(),
  ApiKeyRequired: z.boolean().default(false),
  ResourceId: Resource.shape.ParentId,
  Integration: z.unknown(),
});
const propertiesOf = <S extends z.ZodType>(type: string, schema: S): [string, z.output<S>][] =>
  Object.entries(template.findResources(type)).map(([id, { Properties }]) => [id, schema.parse(Properties)]);

const resources = new Map(propertiesOf("AWS::ApiGateway::Resource", Resource));

function pathOf(id: string): string {
  const resource = resources.get(id);
  return resource === undefined ? "" : `${pathOf(resource.ParentId)}/${resource.PathPart}`;
}

const methods = propertiesOf("AWS::ApiGateway::Method", Method).map(([, method]) => {
  const handler = /Sessions|Messages|Root|Admin/.exec(JSON.stringify(method.Integration))?.[0];
  return { path: pathOf(method.ResourceId) || "/", handler, ...method };
});

const answering = (guard: (method: (typeof methods)[number]) => boolean) =>
  methods.filter(guard).map(({ HttpMethod, path, handler }) => `${HttpMethod} ${path} → ${handler}`);

describe("the paths of the REST API", () => {
  it("demand an API key of a known tenant wherever a tenant is served, under /api/v1 too", () => {
    const guarded = answering(method => method.AuthorizationType === "CUSTOM" && method.ApiKeyRequired);
    const tenants = ["", "/v1"].flatMap(version =>
      ["Sessions", "Messages"].flatMap(handler => {
        const path = `/api${version}/${handler.toLowerCase()}`;
        return [`ANY ${path} → ${handler}`, `ANY ${path}/{proxy+} → ${handler}`];
      }),
    );
    const rest = ["/", "/{proxy+}", "/api", "/api/{proxy+}", "/api/v1", "/api/v1/{proxy+}"];
    expect(guarded.sort()).toEqual([...tenants, ...rest.map(path => `ANY ${path} → Root`)].sort());
  });

  it("are open only for health, the documentation and preflight requests", () => {
    const open = answering(({ AuthorizationType, HttpMethod }) => AuthorizationType === "NONE" && HttpMethod === "ANY");
    expect(open.sort()).toEqual(
      ["/docs", "/docs/{proxy+}", "/health", "/openapi.json"].map(path => `ANY ${path} → Root`),
    );
    const preflights = answering(({ HttpMethod }) => HttpMethod === "OPTIONS");
    const guarded = answering(({ ApiKeyRequired }) => ApiKeyRequired);
    expect(preflights.sort()).toEqual(guarded.map(line => line.replace("ANY", "OPTIONS")).sort());
  });

  it("demand an operator's signature under /admin", () => {
    const signed = answering(({ AuthorizationType }) => AuthorizationType === "AWS_IAM");
    expect(signed.sort()).toEqual(["ANY /admin → Admin", "ANY /admin/{proxy+} → Admin"]);
    expect(methods.every(({ AuthorizationType }) => ["CUSTOM", "NONE", "AWS_IAM"].includes(AuthorizationType))).toBe(
      true,
    );
  });

  it("cost one permission a function, for the one stage", () => {
    const permissions = Object.values(template.findResources("AWS::Lambda::Permission"));
    const bySource = permissions.map(({ Properties }) => JSON.stringify(Properties.SourceArn));
    expect(bySource).toHaveLength(5);
    expect(bySource.filter(source => source.includes("/live/*/*"))).toHaveLength(4);
    expect(bySource.join()).not.toContain("test-invoke-stage");
  });
});

describe("the authorizer", () => {
  it("is asked by the Authorization header, and its answer counts for 30 seconds", () => {
    template.hasResourceProperties("AWS::ApiGateway::Authorizer", {
      Type: "REQUEST",
      IdentitySource: "method.request.header.Authorization",
      AuthorizerResultTtlInSeconds: 30,
    });
    template.hasResourceProperties("AWS::ApiGateway::RestApi", { ApiKeySourceType: "AUTHORIZER" });
  });
});

describe("usage plans", () => {
  it("stand at ten times each tier, within what AWS grants an account", () => {
    const Plan = z.object({
      UsagePlanName: z.string(),
      Throttle: z.object({ RateLimit: z.number(), BurstLimit: z.number() }),
    });
    const plans = propertiesOf("AWS::ApiGateway::UsagePlan", Plan).map(([, plan]) => plan);
    const throttles = Object.fromEntries(plans.map(({ UsagePlanName, Throttle }) => [UsagePlanName, Throttle]));
    expect(throttles).toEqual({
      "wasaas-free": { RateLimit: 17, BurstLimit: 1_000 },
      "wasaas-pro": { RateLimit: 167, BurstLimit: 5_000 },
      "wasaas-enterprise": { RateLimit: 10_000, BurstLimit: 5_000 },
    });
  });
});

describe("what the gateway answers by itself", () => {
  const Answer = z.object({
    ResponseType: z.string(),
    StatusCode: z.string(),
    ResponseParameters: z.record(z.string(), z.string()),
    ResponseTemplates: z.object({ "application/json": z.string() }),
  });
  const answers = propertiesOf("AWS::ApiGateway::GatewayResponse", Answer).map(([, answer]) => answer);
  const header = (answer: z.output<typeof Answer>, name: string) =>
    answer.ResponseParameters[`gatewayresponse.header.${name}`];

  it("is a problem with the headers of every answer and the limits as 0", () => {
    expect(answers.length).toBeGreaterThan(12);
    for (const answer of answers) {
      const problem = Problem.parse(JSON.parse(answer.ResponseTemplates["application/json"]));
      expect(String(problem.status)).toBe(answer.StatusCode);
      expect(problem.requestId).toBe("$context.requestId");
      expect(header(answer, "Content-Type")).toBe("'application/problem+json'");
      expect(header(answer, "X-API-Version")).toBe("'2026-11-01'");
      expect(header(answer, "X-Request-Id")).toBe("context.requestId");
      expect(header(answer, "Access-Control-Allow-Origin")).toBe("'*'");
      for (const name of ["Limit", "Remaining", "Reset"]) expect(header(answer, `X-RateLimit-${name}`)).toBe("'0'");
    }
  });

  it.each([
    ["UNAUTHORIZED", "401", "unauthorized", "WWW-Authenticate", "'Bearer'"],
    ["THROTTLED", "429", "rate_limited", "Retry-After", "'60'"],
    ["INTEGRATION_TIMEOUT", "503", "unavailable", "Retry-After", "'1'"],
    ["REQUEST_TOO_LARGE", "413", "body_too_large", "Allow", undefined],
    ["DEFAULT_4XX", "400", "validation_failed", "Allow", undefined],
    ["DEFAULT_5XX", "503", "unavailable", "Retry-After", "'1'"],
  ])("is for %s a %s %s", (type, status, code, name, value) => {
    const answer = answers.find(({ ResponseType }) => ResponseType === type);
    expect(answer?.StatusCode).toBe(status);
    expect(answer?.ResponseTemplates["application/json"]).toContain(`"code":"${code}"`);
    expect(answer && header(answer, name)).toBe(value);
  });
});

describe("the access log", () => {
  it("holds no path, query, address or header of a caller: chat ids are phone numbers", () => {
    const [stage] = Object.values(template.findResources("AWS::ApiGateway::Stage"));
    const format = String(stage?.Properties.AccessLogSetting.Format);
    expect(format).toContain("$context.resourcePath");
    expect(format).not.toMatch(/\$context\.(path|identity)|\$input/);
  });
});
