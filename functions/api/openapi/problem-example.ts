import { DomainError, type ErrorCode, NotFound, ValidationFailed } from "../../../domain/error.ts";
import { Problem, problemAnswer } from "../problem.ts";
import { BodyTooLarge, RateLimited, Unauthorized, UnsupportedMediaType } from "../refusal.ts";

/** An error of this code, answered as it would be. */
export function problemExample(code: ErrorCode): Problem {
  return Problem.parse(problemAnswer(errorOf(code), "0b5a2f1e-7c64-4f0e-9a55-3f1d7f0c2b9e").body);
}

function errorOf(code: ErrorCode): DomainError {
  switch (code) {
    case "validation_failed":
      return new ValidationFailed([{ path: "body.to", message: "is required" }]);
    case "unauthorized":
      return new Unauthorized();
    case "not_found":
      return new NotFound();
    case "body_too_large":
      return new BodyTooLarge();
    case "unsupported_media_type":
      return new UnsupportedMediaType();
    case "rate_limited":
      return new RateLimited(1_000, 42);
    default:
      return new DomainError(code, details[code]);
  }
}

/** What the errors say that are thrown in many places, each in its own words. */
const details = {
  quota_exceeded: "The plan allows no more of these.",
  method_not_allowed: "This address answers GET, HEAD, OPTIONS.",
  session_not_connected: "The session is not linked to a phone.",
  invalid_transition: "That cannot be done as things are.",
  media_not_ready: "The file is not stored yet.",
  idempotency_in_progress: "The first request with this Idempotency-Key has not been answered yet.",
  idempotency_key_reused: "This Idempotency-Key was used with another body within the last 24 hours.",
  opted_out: "This person asked not to be written to.",
  passkey_invalid: "The credential answers another challenge.",
  internal_error: "Something went wrong on our side. It has been logged.",
  unavailable: "Please try again in a moment.",
} as const;
