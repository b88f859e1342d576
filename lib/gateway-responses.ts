import * as apigateway from "aws-cdk-lib/aws-apigateway";
import { DomainError, NotFound } from "../domain/error.ts";
import { apiVersion, versionHeader } from "../functions/api/edge/version.ts";
import { problemAnswer } from "../functions/api/problem.ts";
import { BodyTooLarge, UnsupportedMediaType } from "../functions/api/refusal.ts";

const { ResponseType } = apigateway;

const unauthorized = new DomainError("unauthorized", "Send a valid API key: Authorization: Bearer API_KEY.");
const unsigned = new DomainError("unauthorized", "Sign the request as somebody who may invoke this path.");
const unavailable = new DomainError("unavailable", "Please try again in a moment.");
const flooded = new DomainError("rate_limited", "Far more requests came than the plan allows.");
const later = { "Retry-After": "60" };

type GatewayError = readonly [apigateway.ResponseType, DomainError, Readonly<Record<string, string>>?];

/** What the gateway says in place of a function. The two defaults catch the rest, and whatever AWS adds. */
const errors: readonly GatewayError[] = [
  [ResponseType.UNAUTHORIZED, unauthorized],
  [ResponseType.ACCESS_DENIED, unsigned],
  [ResponseType.EXPIRED_TOKEN, unsigned],
  [ResponseType.INVALID_SIGNATURE, unsigned],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, unsigned],
  // The authorizer knew the API key, but its tenant's key at the gateway is so new that it is not known everywhere.
  [ResponseType.INVALID_API_KEY, unavailable],
  [ResponseType.THROTTLED, flooded, later],
  [ResponseType.QUOTA_EXCEEDED, flooded, later],
  [ResponseType.REQUEST_TOO_LARGE, new BodyTooLarge()],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, new UnsupportedMediaType()],
  [ResponseType.RESOURCE_NOT_FOUND, new NotFound()],
  [ResponseType.INTEGRATION_FAILURE, unavailable],
  [ResponseType.INTEGRATION_TIMEOUT, unavailable],
  [ResponseType.DEFAULT_4XX, new DomainError("validation_failed", "The request could not be read.")],
  // The authorizer or a function ran out of time, crashed or was throttled: nothing is known but that it may pass.
  [ResponseType.DEFAULT_5XX, unavailable],
];

/**
 * Makes the gateway's own answers the problem details that the functions give, with the headers every answer carries.
 * The limits are 0: the gateway can only put in static values and plain context variables.
 */
export function addGatewayResponses(api: apigateway.RestApi): void {
  for (const [type, error, more] of errors) {
    const { status, headers, body } = problemAnswer(error, "$context.requestId");
    api.addGatewayResponse(`Answer${type.responseType}`, {
      type,
      statusCode: String(status),
      responseHeaders: { ...quoted({ ...commonHeaders, ...headers, ...more }), "X-Request-Id": "context.requestId" },
      templates: { "application/json": JSON.stringify(body) },
    });
  }
}

const commonHeaders = {
  [versionHeader]: apiVersion,
  "X-RateLimit-Limit": "0",
  "X-RateLimit-Remaining": "0",
  "X-RateLimit-Reset": "0",
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "X-API-Version, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
  "Cache-Control": "no-store",
};

/** Static values stand in single quotes. */
const quoted = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
