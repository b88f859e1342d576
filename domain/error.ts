/**
 * An error that a customer may see: a stable snake_case code, a public text that says nothing of the inside, and
 * the cause for the log. functions/api/problem.ts is the one file that knows the HTTP status of each code.
 */
export class DomainError extends Error {
  override readonly name: string = "DomainError";
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; fields?: readonly FieldError[] } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
  }
}

/** Where in the request the fault lies (`body.to`, `query.limit`, `headers.Idempotency-Key`), and what is wrong. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export const errorCodes = [
  "validation_failed",
  "unauthorized",
  "quota_exceeded",
  "not_found",
  "method_not_allowed",
  "session_not_connected",
  "invalid_transition",
  "media_not_ready",
  "idempotency_in_progress",
  "body_too_large",
  "unsupported_media_type",
  "idempotency_key_reused",
  "opted_out",
  "passkey_invalid",
  "rate_limited",
  "internal_error",
  "unavailable",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** An unknown id and another tenant's id look the same: one class, one text. */
export class NotFound extends DomainError {
  override readonly name = "NotFound";
  constructor(options: { cause?: unknown } = {}) {
    super("not_found", "There is nothing here under this address or id.", options);
  }
}

export class ValidationFailed extends DomainError {
  override readonly name = "ValidationFailed";
  constructor(fields: readonly FieldError[], options: { cause?: unknown } = {}) {
    super("validation_failed", "The request does not match what this endpoint takes.", { ...options, fields });
  }
}
