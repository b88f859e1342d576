import * as apigateway from "aws-cdk-lib/aws-apigateway";
import type { ErrorCode } from "../domain/error.ts";

/** What the gateway answers by itself, in place of a function. */
interface GatewayAnswer {
  readonly status: number;
  readonly code: ErrorCode;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const { ResponseType } = apigateway;

const unauthorized: GatewayAnswer = {
  status: 401,
  code: "unauthorized",
  title: "Unauthorized",
  detail: "Send a valid API key: Authorization: Bearer API_KEY.",
  headers: { "WWW-Authenticate": "Bearer" },
};
const unsigned: GatewayAnswer = {
  status: 401,
  code: "unauthorized",
  title: "Unauthorized",
  detail: "Sign the request (Signature Version 4) as somebody who may invoke this path.",
};
const tooMany: GatewayAnswer = {
  status: 429,
  code: "rate_limited",
  title: "Too Many Requests",
  detail: "Far more requests came than the plan allows. Try again later.",
  headers: { "Retry-After": "60" },
};
const unavailable: GatewayAnswer = {
  status: 503,
  code: "unavailable",
  title: "Service Unavailable",
  detail: "The service cannot answer right now. Try again later.",
  headers: { "Retry-After": "5" },
};
const internalError: GatewayAnswer = {
  status: 500,
  code: "internal_error",
  title: "Internal Server Error",
  detail: "Something went wrong on our side.",
};

/** Every type a caller can meet; the two defaults catch the rest and whatever AWS adds. */
const answers: readonly (readonly [apigateway.ResponseType, GatewayAnswer])[] = [
  [ResponseType.UNAUTHORIZED, unauthorized],
  [ResponseType.ACCESS_DENIED, unsigned],
  [ResponseType.EXPIRED_TOKEN, unsigned],
  [ResponseType.INVALID_SIGNATURE, unsigned],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, unsigned],
  // The authorizer knew the key, but the gateway does not know its tenant's yet: a minute after the tenant was made.
  [ResponseType.INVALID_API_KEY, unavailable],
  [ResponseType.THROTTLED, tooMany],
  [ResponseType.QUOTA_EXCEEDED, tooMany],
  [
    ResponseType.REQUEST_TOO_LARGE,
    {
      status: 413,
      code: "body_too_large",
      title: "Content Too Large",
      detail: "The body is larger than 4 MB. Upload large media with POST /api/media.",
    },
  ],
  [
    ResponseType.UNSUPPORTED_MEDIA_TYPE,
    {
      status: 415,
      code: "unsupported_media_type",
      title: "Unsupported Media Type",
      detail: "Send JSON with Content-Type: application/json.",
    },
  ],
  [
    ResponseType.RESOURCE_NOT_FOUND,
    {
      status: 404,
      code: "not_found",
      title: "Not Found",
      detail: "There is nothing here under this address or id.",
    },
  ],
  [ResponseType.INTEGRATION_FAILURE, unavailable],
  [ResponseType.INTEGRATION_TIMEOUT, unavailable],
  [
    ResponseType.DEFAULT_4XX,
    {
      status: 400,
      code: "validation_failed",
      title: "Bad Request",
      detail: "The request could not be read.",
    },
  ],
  [ResponseType.DEFAULT_5XX, internalError],
];

/**
 * Makes the gateway's own answers what api.md promises of every error: problem+json with the common headers, the
 * limits as 0, since it can only carry static values and plain context variables.
 */
export function addGatewayResponses(api: apigateway.RestApi): void {
  for (const [type, answer] of answers) {
    api.addGatewayResponse(`Answer${type.responseType}`, {
      type,
      statusCode: String(answer.status),
      responseHeaders: { ...commonHeaders, ...quoted(answer.headers ?? {}) },
      templates: { "application/json": bodyOf(answer) },
    });
  }
}

const quoted = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));

const commonHeaders: Record<string, string> = {
  "X-Request-Id": "context.requestId",
  ...quoted({
    "Content-Type": "application/problem+json",
    "X-API-Version": "2026-11-01",
    "X-RateLimit-Limit": "0",
    "X-RateLimit-Remaining": "0",
    "X-RateLimit-Reset": "0",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers":
      "X-API-Version,X-Request-Id,X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Retry-After",
  }),
};

function bodyOf(answer: GatewayAnswer): string {
  const { status, code, title, detail } = answer;
  return JSON.stringify({ type: "about:blank", title, status, detail, code, requestId: "$context.requestId" });
}
