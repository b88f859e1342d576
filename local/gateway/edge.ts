import { randomUUID } from "node:crypto";
import { unescape as unescapePath } from "node:querystring";
import { matchesWildcard } from "../aws/iam/wildcard.ts";
import type { DistributionDefinition, EdgeBehaviour, Origin } from "./distribution-definition.ts";
import { applyHeaderPolicy } from "./header-policy.ts";
import type { Headers, HttpAnswer, HttpRequest } from "./http-message.ts";
import type { RestApi } from "./rest-api.ts";

/** An object of a bucket, or undefined where it does not exist. */
export type ReadObject = (bucket: string, key: string) => Promise<StoredObject | undefined>;

interface StoredObject {
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface EdgeOptions {
  readonly distribution: DistributionDefinition;
  readonly apis: readonly RestApi[];
  readonly readObject: ReadObject;
  /** Host and port at which the API itself listens: what the API sees as Host, as on AWS. */
  readonly apiHost: string;
}

// Headers of one connection, not of the message; CloudFront never passes them on.
const perConnection = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The CloudFront distribution: which origin a path goes to, and what becomes of its answer. */
export class Edge {
  readonly #options: EdgeOptions;

  constructor(options: EdgeOptions) {
    this.#options = options;
  }

  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const { distribution } = this.#options;
    const rooted = request.path === "/" && distribution.rootObject !== undefined;
    const path = rooted ? `/${distribution.rootObject}` : request.path;
    const answer = await this.#fromOrigin({ ...request, path });
    const page = distribution.errorPages.find(({ forStatus }) => forStatus === answer.status);
    if (page === undefined) return answer;
    if (page.path === undefined) return { ...answer, status: page.status };
    const replaced = await this.#fromOrigin({ ...request, method: "GET", path: page.path, body: Buffer.alloc(0) });
    return { ...replaced, status: page.status };
  }

  async #fromOrigin(request: HttpRequest): Promise<HttpAnswer> {
    const behaviour = this.#behaviourOf(request.path);
    if (behaviour === undefined || !behaviour.methods.includes(request.method)) {
      return refuse(403, "This distribution is not configured to allow the HTTP request method.");
    }
    const { origin } = behaviour;
    const answer =
      origin.type === "api" ? await this.#fromApi(origin, request) : await this.#fromBucket(origin, request.path);
    return { ...answer, headers: applyHeaderPolicy(behaviour.headerPolicy, answer.headers) };
  }

  #behaviourOf(path: string): EdgeBehaviour | undefined {
    return this.#options.distribution.behaviours.find(({ pathPattern }) => {
      const pattern = pathPattern.startsWith("/") || pathPattern.startsWith("*") ? pathPattern : `/${pathPattern}`;
      return matchesWildcard(pattern, path);
    });
  }

  async #fromApi(origin: Origin & { type: "api" }, request: HttpRequest): Promise<HttpAnswer> {
    const api = this.#options.apis.find(({ id }) => id === origin.apiId);
    const path = `${origin.path}${request.path}`;
    if (api === undefined || !path.startsWith(`/${api.stage}/`)) return refuse(403, "Forbidden");
    const headers = viewerHeaders(request, origin, this.#options.apiHost);
    return api.handle({ ...request, headers, path: path.slice(api.stage.length + 1) });
  }

  async #fromBucket(origin: Origin & { type: "bucket" }, path: string): Promise<HttpAnswer> {
    const key = unescapePath(`${origin.path}${path}`).slice(1);
    const object = await this.#options.readObject(origin.bucket, key);
    // Without leave to list the bucket, S3 does not tell a missing object from a forbidden one.
    return object === undefined ? refuse(403, "Access Denied") : { status: 200, ...object };
  }
}

function viewerHeaders(request: HttpRequest, origin: Origin, apiHost: string): Headers {
  const forwardedFor = request.headers
    .filter(([name]) => name.toLowerCase() === "x-forwarded-for")
    .map(([, value]) => value);
  const set: Headers = [
    ["Host", apiHost],
    ["X-Forwarded-For", [...forwardedFor, request.sourceIp].join(", ")],
    ["X-Forwarded-Proto", "http"],
    ["Via", "1.1 local (CloudFront)"],
    ["X-Amz-Cf-Id", randomUUID()],
    ...origin.headers,
  ];
  const replaced = new Set(set.map(([name]) => name.toLowerCase()));
  const kept = request.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !replaced.has(lower) && !perConnection.has(lower);
  });
  return [...kept, ...set];
}

function refuse(status: number, message: string): HttpAnswer {
  return { status, headers: [["Content-Type", "text/plain; charset=utf-8"]], body: Buffer.from(`${message}\n`) };
}
