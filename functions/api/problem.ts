import * as z from "zod";
import { DomainError, type ErrorCode, errorCodes } from "../../domain/error.ts";
import type { Answer } from "./answer.ts";
import { MethodNotAllowed, RateLimited } from "./refusal.ts";

/** The one place that knows which HTTP status an error has. */
const problems: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  validation_failed: { status: 400, title: "Bad Request" },
  unauthorized: { status: 401, title: "Unauthorized" },
  quota_exceeded: { status: 402, title: "Payment Required" },
  not_found: { status: 404, title: "Not Found" },
  method_not_allowed: { status: 405, title: "Method Not Allowed" },
  session_not_connected: { status: 409, title: "Conflict" },
  invalid_transition: { status: 409, title: "Conflict" },
  media_not_ready: { status: 409, title: "Conflict" },
  idempotency_in_progress: { status: 409, title: "Conflict" },
  body_too_large: { status: 413, title: "Content Too Large" },
  unsupported_media_type: { status: 415, title: "Unsupported Media Type" },
  idempotency_key_reused: { status: 422, title: "Unprocessable Content" },
  opted_out: { status: 422, title: "Unprocessable Content" },
  passkey_invalid: { status: 422, title: "Unprocessable Content" },
  rate_limited: { status: 429, title: "Too Many Requests" },
  internal_error: { status: 500, title: "Internal Server Error" },
  unavailable: { status: 503, title: "Service Unavailable" },
};

/** RFC 9457 problem details, as every error is answered. */
export const Problem = z
  .object({
    type: z.literal("about:blank").meta({ description: "nothing more to read; code tells errors of a status apart" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(errorCodes),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "every offending field, on a validation_failed" }),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

export const problemContentType = "application/problem+json";

export function statusOf(code: ErrorCode): number {
  return problems[code].status;
}

export function titleOf(code: ErrorCode): string {
  return problems[code].title;
}

/** The answer to an error. Only a DomainError says what happened; anything else says nothing of the inside. */
export function problemAnswer(error: unknown, requestId: string): Answer {
  const shown = error instanceof DomainError ? error : hidden(error);
  const { status, title } = problems[shown.code];
  const body: Problem = {
    type: "about:blank",
    title,
    status,
    detail: shown.message,
    code: shown.code,
    requestId,
    ...(shown.fields.length > 0 ? { errors: [...shown.fields] } : {}),
  };
  return { status, headers: { "Content-Type": problemContentType, ...headersOf(shown) }, body };
}

function headersOf(error: DomainError): Record<string, string> {
  if (error instanceof RateLimited) return { "Retry-After": String(error.retryAfterSeconds) };
  if (error instanceof MethodNotAllowed) return { Allow: error.allowed.join(", ") };
  if (error.code === "unauthorized") return { "WWW-Authenticate": "Bearer" };
  if (error.code === "media_not_ready") return { "Retry-After": "2" };
  if (error.code === "unavailable") return { "Retry-After": "1" };
  return {};
}

function hidden(cause: unknown): DomainError {
  if (isPassing(cause)) return new DomainError("unavailable", "Please try again in a moment.", { cause });
  return new DomainError("internal_error", "Something went wrong on our side. It has been logged.", { cause });
}

/** What AWS's SDK and Node call a fault that passes by itself: throttling, a service in trouble, a lost connection. */
const passingNames =
  /^(Throttling|ThrottlingException|ProvisionedThroughputExceededException|RequestLimitExceeded|TransactionInProgressException|TransactionConflictException|TransactionCanceledException|InternalServerError|ServiceUnavailable(Exception)?|KMSInternalException|DependencyTimeoutException|TimeoutError)$/;
const passingCodes = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN)$/;

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return passingNames.test(error.name) || ("code" in error && passingCodes.test(String(error.code)));
}
