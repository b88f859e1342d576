/** The gateway response types of REST APIs that this gateway answers with, each with AWS's own status and message. */
const refusals = {
  ACCESS_DENIED: [403, "User is not authorized to access this resource", "AccessDeniedException"],
  API_CONFIGURATION_ERROR: [500, "Internal server error", "InternalServerErrorException"],
  AUTHORIZER_CONFIGURATION_ERROR: [500, null, "AuthorizerConfigurationException"],
  AUTHORIZER_FAILURE: [500, null, "AuthorizerFailureException"],
  INTEGRATION_TIMEOUT: [504, "Endpoint request timed out", "GatewayTimeoutException"],
  INVALID_API_KEY: [403, "Forbidden", "ForbiddenException"],
  INVALID_SIGNATURE: [403, "The request signature does not match", "InvalidSignatureException"],
  MISSING_AUTHENTICATION_TOKEN: [403, "Missing Authentication Token", "MissingAuthenticationTokenException"],
  QUOTA_EXCEEDED: [429, "Limit Exceeded", "LimitExceededException"],
  REQUEST_TOO_LARGE: [413, "HTTP content length exceeded 10485760 bytes.", "RequestTooLargeException"],
  THROTTLED: [429, "Too Many Requests", "TooManyRequestsException"],
  UNAUTHORIZED: [401, "Unauthorized", "UnauthorizedException"],
} as const satisfies Record<string, readonly [status: number, message: string | null, errorType: string]>;

export type RefusalType = keyof typeof refusals;

/** The gateway itself answers, without the integration. */
export class GatewayRefusal extends Error {
  readonly code = "gateway_refusal";
  readonly type: RefusalType;
  readonly status: number;
  /** `$context.error.message`; some of AWS's refusals have none. */
  readonly publicMessage: string | null;
  readonly errorType: string;

  constructor(type: RefusalType, said: { status?: number; message?: string } = {}) {
    const [status, message, errorType] = refusals[type];
    super(said.message ?? message ?? type);
    this.name = "GatewayRefusal";
    this.type = type;
    this.status = said.status ?? status;
    this.publicMessage = said.message ?? message;
    this.errorType = errorType;
  }
}
