import type {
  APIGatewayProxyEvent,
  APIGatewayProxyResult,
  APIGatewayRequestAuthorizerEvent,
  Context,
} from "aws-lambda";
import { ulid } from "ulid";
import { expect } from "vitest";
import type { Plan } from "../../domain/account/plan.ts";
import { type EmulatedAws, emulatedAws } from "../emulated-aws.ts";

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

export interface Asked {
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it stands. */
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its expectations what it takes the body for.
  readonly body: any;
}

export interface TenantOfTest {
  readonly id: string;
  readonly key: string;
}

/**
 * The functions of the API behind what the gateway does for them: the authorizer decides about the key, and the first
 * word of the path about the function. Everything runs against the embedded emulators.
 */
export interface FrontDoor {
  readonly aws: EmulatedAws;
  ask(method: string, path: string, asked?: Asked): Promise<Answered>;
  /** Asks as an operator, whose signature the gateway has checked. */
  operate(method: string, path: string, asked?: Asked): Promise<Answered>;
  tenant(plan?: Plan, rateLimit?: number): Promise<TenantOfTest>;
  close(): Promise<void>;
}

export const usagePlanPrefix = "wasaas";
const methodArn = "arn:aws:execute-api:eu-west-1:000000000000:api1/live";

export async function openFrontDoor(): Promise<FrontDoor> {
  const aws = await emulatedAws();
  for (const plan of ["free", "pro", "enterprise"]) {
    aws.installed.front.gatewayKeys.definePlan({ id: `plan-${plan}`, name: `${usagePlanPrefix}-${plan}` });
  }
  const settings = {
    USAGE_PLAN_PREFIX: usagePlanPrefix,
    ALLOW_LOOPBACK_WEBHOOKS: "true",
    ALLOW_LOOPBACK_MEDIA: "true",
    ALLOW_LOOPBACK_PROXIES: "true",
  };
  Object.assign(process.env, aws.environment, settings);
  const { handler: authorizer } = await import("../../functions/authorizer/handler.ts");
  const { handler: admin } = await import("../../functions/admin/handler.ts");
  const resources: Record<string, Handler> = {
    sessions: (await import("../../functions/api/sessions/handler.ts")).handler,
    messages: (await import("../../functions/api/messages/handler.ts")).handler,
    media: (await import("../../functions/api/media/handler.ts")).handler,
    chats: (await import("../../functions/api/chats/handler.ts")).handler,
    groups: (await import("../../functions/api/groups/handler.ts")).handler,
    webhooks: (await import("../../functions/api/webhooks/handler.ts")).handler,
    contacts: (await import("../../functions/api/contacts/handler.ts")).handler,
    campaigns: (await import("../../functions/api/campaigns/handler.ts")).handler,
    events: (await import("../../functions/api/events/handler.ts")).handler,
    keys: (await import("../../functions/api/keys/handler.ts")).handler,
    templates: (await import("../../functions/api/templates/handler.ts")).handler,
    usage: (await import("../../functions/api/usage/handler.ts")).handler,
    root: (await import("../../functions/api/root/handler.ts")).handler,
  };
  const ask: FrontDoor["ask"] = async (method, path, asked = {}) => {
    const resource = /^\/api\/(?:v1\/)?([^/]+)/.exec(path)?.[1] ?? "root";
    const handler = resources[resource] ?? resources.root;
    const event = proxyEvent(method, path, asked);
    if (asked.key !== undefined) {
      const request = { headers: { Authorization: `Bearer ${asked.key}` }, methodArn: `${methodArn}/${method}${path}` };
      const authorized = await authorizer(request as unknown as APIGatewayRequestAuthorizerEvent);
      event.requestContext.authorizer = { principalId: authorized.principalId, ...authorized.context };
    }
    return answered(await (handler as Handler)(event, contextOfTest()));
  };
  const operate: FrontDoor["operate"] = async (method, path, asked = {}) =>
    answered(await admin(proxyEvent(method, path, asked), contextOfTest()));
  return {
    aws,
    ask,
    operate,
    async tenant(plan = "pro", rateLimit) {
      const tenant = await operate("POST", "/admin/tenants", { json: { name: "Acme", plan, rateLimit } });
      const key = await operate("POST", "/admin/keys", { json: { tenantId: tenant.body.id } });
      return { id: tenant.body.id, key: key.body.key };
    },
    close: () => aws[Symbol.asyncDispose](),
  };
}

/** A REST API (v1) proxy event, as API Gateway makes it. */
export function proxyEvent(method: string, path: string, asked: Asked): APIGatewayProxyEvent {
  const body = asked.body ?? (asked.json === undefined ? null : JSON.stringify(asked.json));
  const type: Record<string, string> = asked.json === undefined ? {} : { "Content-Type": "application/json" };
  const headers = { ...type, ...asked.headers };
  const lists = Object.entries(asked.query ?? {}).map(([name, value]) => [name, [value].flat()] as const);
  return {
    httpMethod: method,
    path,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: Object.fromEntries(lists.map(([name, values]) => [name, values.at(-1) ?? ""])),
    multiValueQueryStringParameters: Object.fromEntries(lists.map(([name, values]) => [name, [...values]])),
    body,
    isBase64Encoded: asked.isBase64Encoded ?? false,
    pathParameters: null,
    stageVariables: null,
    resource: "/{proxy+}",
    requestContext: {
      requestId: `req-${ulid()}`,
      httpMethod: method,
      path,
      stage: "live",
      authorizer: null,
    } as unknown as APIGatewayProxyEvent["requestContext"],
  };
}

export function contextOfTest(): Context {
  const endsAtMs = Date.now() + 15_000;
  return { getRemainingTimeInMillis: () => endsAtMs - Date.now() } as Context;
}

export function answered(result: APIGatewayProxyResult): Answered {
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  const isJson = /json/.test(headers["Content-Type"] ?? "");
  const body = result.body === "" ? undefined : result.body;
  return { status: result.statusCode, headers, body: body !== undefined && isJson ? JSON.parse(body) : body };
}

/** Every error is a problem with all the common headers; answers it for closer looks. */
export function expectProblem(answer: Answered, status: number, code: string): Answered {
  expect(answer.body).toMatchObject({ type: "about:blank", status, code });
  expect(answer.status).toBe(status);
  expect(answer.headers["Content-Type"]).toBe("application/problem+json");
  expectCommonHeaders(answer);
  expect(answer.body.requestId).toBe(answer.headers["X-Request-Id"]);
  return answer;
}

export function expectCommonHeaders(answer: Answered): void {
  expect(answer.headers["X-API-Version"]).toBe("2026-11-01");
  expect(answer.headers["X-Request-Id"]).toMatch(/^req-/);
  for (const name of ["Limit", "Remaining", "Reset"]) expect(answer.headers[`X-RateLimit-${name}`]).toMatch(/^\d+$/);
  expect(answer.headers["Access-Control-Allow-Origin"]).toBe("*");
}
