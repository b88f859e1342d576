import type { AwsReply } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";
import { headerOf, type SignedRequest } from "./signed-request.ts";

/** A rule of a bucket's CORS configuration; an origin or a header may hold one `*`. */
export interface CorsRule {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly maxAgeSeconds?: number | undefined;
}

interface Asked {
  readonly origin: string;
  readonly method: string;
  /** Lower-case; of a preflight alone. */
  readonly headers: readonly string[];
}

/**
 * What browsers of other origins may do with the buckets: the first rule that fits a request says which headers its
 * answer carries (Amazon S3 User Guide, "Using cross-origin resource sharing", "How does Amazon S3 evaluate the CORS
 * configuration on a bucket?"). A request that fits none is answered all the same, without them: the browser refuses it.
 */
export class BucketCors {
  readonly #rules = new Map<string, readonly CorsRule[]>();

  /** Sets the rules of a bucket, as the template has them. */
  set(bucket: string, rules: readonly CorsRule[]): void {
    this.#rules.set(bucket, rules);
  }

  /** Answers an OPTIONS request, which nobody signs; throws what S3 answers to one that is not allowed. */
  preflight(request: SignedRequest): AwsReply {
    const origin = headerOf(request.headers, "origin");
    if (origin === undefined) throw insufficient("Insufficient information. Origin request header needed.");
    const method = headerOf(request.headers, "access-control-request-method");
    if (method === undefined) throw insufficient("Invalid Access-Control-Request-Method: null");
    const listed = headerOf(request.headers, "access-control-request-headers") ?? "";
    const names = listed.split(",").map(name => name.trim().toLowerCase());
    const asked = { origin, method, headers: names.filter(name => name !== "") };
    const rules = this.#rulesOf(request);
    if (rules.length === 0) throw notAllowed("CORSResponse: CORS is not enabled for this bucket.");
    const rule = rules.find(each => fits(each, asked));
    if (rule === undefined) throw notAllowed(whyNot);
    return { status: 200, headers: headersOf(rule, asked), body: "" };
  }

  /** The answer to a request, an error too, with what a browser needs to see before it shows it to a page. */
  answered(request: SignedRequest, reply: AwsReply): AwsReply {
    const origin = headerOf(request.headers, "origin");
    if (origin === undefined) return reply;
    const asked = { origin, method: request.method, headers: [] };
    const rule = this.#rulesOf(request).find(each => fits(each, asked));
    return rule === undefined ? reply : { ...reply, headers: { ...reply.headers, ...headersOf(rule, asked) } };
  }

  #rulesOf({ path }: SignedRequest): readonly CorsRule[] {
    return this.#rules.get(path.split("/")[1] ?? "") ?? [];
  }
}

const whyNot =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / " +
  "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

const insufficient = (message: string) => new AwsError("BadRequest", message, { status: 400 });
const notAllowed = (message: string) => new AwsError("AccessForbidden", message, { status: 403 });

function fits(rule: CorsRule, { origin, method, headers }: Asked): boolean {
  return (
    rule.allowedOrigins.some(pattern => matches(pattern, origin)) &&
    rule.allowedMethods.includes(method) &&
    headers.every(name => rule.allowedHeaders.some(pattern => matches(pattern.toLowerCase(), name)))
  );
}

function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === text;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

function headersOf(rule: CorsRule, { origin, headers }: Asked): Record<string, string> {
  // Of anybody it says so; an origin that a rule names is repeated, and may come with credentials.
  const isAnybody = rule.allowedOrigins.includes("*");
  return {
    "access-control-allow-origin": isAnybody ? "*" : origin,
    ...(isAnybody ? {} : { "access-control-allow-credentials": "true" }),
    "access-control-allow-methods": rule.allowedMethods.join(", "),
    ...(headers.length > 0 ? { "access-control-allow-headers": headers.join(", ") } : {}),
    ...(rule.exposedHeaders.length > 0 ? { "access-control-expose-headers": rule.exposedHeaders.join(", ") } : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { "access-control-max-age": String(rule.maxAgeSeconds) }),
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
}
