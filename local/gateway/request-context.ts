import { createHash, randomUUID } from "node:crypto";
import { type HttpRequest, header } from "./http-message.ts";
import type { RestApiDefinition } from "./rest-api-definition.ts";

/** Who asked, as `requestContext.identity` says it; what does not apply is null, as on AWS. */
export interface CallerIdentity {
  readonly accessKey: string | null;
  readonly accountId: string | null;
  readonly apiKey?: string;
  readonly apiKeyId?: string;
  readonly caller: string | null;
  readonly sourceIp: string;
  readonly user: string | null;
  readonly userAgent: string | null;
  readonly userArn: string | null;
}

/** `requestContext` of a proxy event, and what `$context` means in gateway responses. */
export interface RequestContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly authorizer?: Readonly<Record<string, string | number | null>>;
  readonly domainName: string;
  readonly domainPrefix: string;
  readonly extendedRequestId: string;
  readonly httpMethod: string;
  readonly identity: CallerIdentity;
  /** With the stage in front, unlike the event's own path. */
  readonly path: string;
  readonly protocol: string;
  readonly requestId: string;
  readonly requestTime: string;
  readonly requestTimeEpoch: number;
  readonly resourceId: string;
  readonly resourcePath: string;
  readonly stage: string;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

export function requestContext(
  api: RestApiDefinition,
  accountId: string,
  request: HttpRequest,
  resource: { readonly id: string; readonly path: string } | undefined,
  nowMs: number,
): RequestContext {
  const requestId = randomUUID();
  const domainName = header(request.headers, "host") ?? "localhost";
  return {
    accountId,
    apiId: api.id,
    domainName,
    domainPrefix: domainName.split(".", 1)[0] ?? domainName,
    extendedRequestId: `${createHash("sha256").update(requestId).digest("base64").slice(0, 15)}=`,
    httpMethod: request.method,
    identity: {
      accessKey: null,
      accountId: null,
      caller: null,
      sourceIp: request.sourceIp,
      user: null,
      userAgent: header(request.headers, "user-agent") ?? null,
      userArn: null,
    },
    path: `/${api.stage}${request.path}`,
    protocol: "HTTP/1.1",
    requestId,
    requestTime: commonLogTime(new Date(nowMs)),
    requestTimeEpoch: nowMs,
    resourceId: resource?.id ?? "",
    resourcePath: resource?.path ?? "",
    stage: api.stage,
  };
}

// 22/Nov/2026:10:03:57 +0000
function commonLogTime(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${day}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}
