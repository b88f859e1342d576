import { DomainError } from "../../domain/error.ts";

/** No caller where the route needs one: the authorizer refuses such requests first, this is the second lock. */
export class Unauthorized extends DomainError {
  override readonly name = "Unauthorized";
  constructor(options: { cause?: unknown } = {}) {
    super("unauthorized", "This needs a valid API key: Authorization: Bearer wa_live_…", options);
  }
}

export class MethodNotAllowed extends DomainError {
  override readonly name = "MethodNotAllowed";
  readonly allowed: readonly string[];
  constructor(allowed: readonly string[]) {
    super("method_not_allowed", `This address answers ${allowed.join(", ")}.`);
    this.allowed = allowed;
  }
}

export class RateLimited extends DomainError {
  override readonly name = "RateLimited";
  readonly retryAfterSeconds: number;
  constructor(limit: number, retryAfterSeconds: number) {
    super("rate_limited", `The limit is ${limit} requests per UTC clock minute, all keys of the tenant together.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export class BodyTooLarge extends DomainError {
  override readonly name = "BodyTooLarge";
  constructor() {
    super("body_too_large", "A body may have 4 MB; larger media goes through POST /api/media.");
  }
}

export class UnsupportedMediaType extends DomainError {
  override readonly name = "UnsupportedMediaType";
  constructor(supported: readonly string[] = ["application/json"]) {
    super("unsupported_media_type", `Send Content-Type: ${supported.join(" or ")}, in UTF-8.`);
  }
}
