import type { Logger } from "../aws/logger.ts";
import type { InvokeResult } from "../lambda/functions.ts";
import { Authorizers } from "./authorizer.ts";
import { GatewayRefusal } from "./gateway-refusal.ts";
import { gatewayResponse } from "./gateway-response.ts";
import { type HttpAnswer, type HttpRequest, header } from "./http-message.ts";
import { authorizeByIam, type IamOptions, type Principals } from "./iam-authorization.ts";
import { mockAnswer } from "./mock-answer.ts";
import { proxyAnswer } from "./proxy-answer.ts";
import { contentIsBinary, proxyEvent, type RequestParts, requestParts } from "./proxy-event.ts";
import { type RequestContext, requestContext } from "./request-context.ts";
import { type Match, matchResource } from "./resource-tree.ts";
import type { MethodDefinition, RestApiDefinition } from "./rest-api-definition.ts";
import { type Throttle, TokenBuckets } from "./token-bucket.ts";

/** The API keys that exist, each in its usage plan. */
interface UsagePlans {
  planOf(apiKeyValue: string): { readonly planId: string; readonly throttle?: Throttle | undefined } | undefined;
}

export interface RestApiOptions {
  readonly region: string;
  readonly accountId: string;
  readonly principals: Principals;
  readonly usagePlans: UsagePlans;
  readonly invoke: (functionArn: string, event: string) => Promise<InvokeResult>;
  readonly log: Logger;
  readonly now: () => number;
}

// Lambda takes at most 6 MB of JSON a synchronous invocation.
const eventBytesMax = 6 * 1024 * 1024;

/** One REST API of the template at its stage: from an HTTP request (its path without the stage) to an HTTP answer. */
export class RestApi {
  readonly #api: RestApiDefinition;
  readonly #options: RestApiOptions;
  readonly #authorizers: Authorizers;
  readonly #buckets: TokenBuckets;

  constructor(api: RestApiDefinition, options: RestApiOptions) {
    this.#api = api;
    this.#options = options;
    this.#authorizers = new Authorizers(options.invoke, options.now);
    this.#buckets = new TokenBuckets(options.now);
  }

  get id(): string {
    return this.#api.id;
  }

  get stage(): string {
    return this.#api.stage;
  }

  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const match = matchResource(this.#api.root, request.path);
    const context = requestContext(this.#api, this.#options.accountId, request, match?.node, this.#options.now());
    try {
      return await this.#answer(request, match, context);
    } catch (error) {
      const refusal = error instanceof GatewayRefusal ? error : this.#unexpected(error);
      return gatewayResponse(this.#api.responses, refusal, context, request.headers);
    }
  }

  async #answer(
    request: HttpRequest,
    match: Match<MethodDefinition> | undefined,
    context: RequestContext,
  ): Promise<HttpAnswer> {
    const method = match?.node.methods.get(request.method) ?? match?.node.methods.get("ANY");
    // An unknown path and a method that its resource does not have look the same.
    if (match === undefined || method === undefined) throw new GatewayRefusal("MISSING_AUTHENTICATION_TOKEN");
    if (request.body === "too-large") throw new GatewayRefusal("REQUEST_TOO_LARGE");
    const parts = requestParts(this.#api, request, match, context);
    const authorized = await this.#authorize(method, request, request.body, parts);
    if (method.integration.type === "mock") return mockAnswer(method.integration.answer, context);
    const event = JSON.stringify(proxyEvent(authorized, request.body, contentIsBinary(this.#api, request)));
    if (Buffer.byteLength(event) > eventBytesMax) throw new GatewayRefusal("REQUEST_TOO_LARGE");
    const { functionArn, timeoutMs } = method.integration;
    const result = await withinTime(this.#options.invoke(functionArn, event), timeoutMs);
    // A function that failed has answered nothing that could be passed on.
    if (result.outcome !== "returned") throw new GatewayRefusal("API_CONFIGURATION_ERROR", { status: 502 });
    const accept = header(request.headers, "accept");
    return proxyAnswer(result.payload, context, { mediaTypes: this.#api.binaryMediaTypes, accept });
  }

  async #authorize(
    method: MethodDefinition,
    request: HttpRequest,
    body: Buffer,
    parts: RequestParts,
  ): Promise<RequestParts> {
    const context = parts.requestContext;
    let identity = context.identity;
    let authorizer: RequestContext["authorizer"];
    let apiKey = header(request.headers, "x-api-key");
    const methodArn = this.#methodArn(request);
    if (method.authorization.type === "custom") {
      const authorized = await this.#authorizers.authorize(method.authorization.authorizer, request, parts, methodArn);
      authorizer = authorized.context;
      if (this.#api.keySource === "AUTHORIZER") apiKey = authorized.usageIdentifierKey;
    } else if (method.authorization.type === "iam") {
      identity = { ...identity, ...authorizeByIam(request, body, context.path, methodArn, this.#iamOptions) };
    }
    if (method.apiKeyRequired) {
      this.#takeToken(apiKey);
      if (apiKey !== undefined) identity = { ...identity, apiKey };
    }
    return {
      ...parts,
      requestContext: { ...context, identity, ...(authorizer === undefined ? {} : { authorizer }) },
    };
  }

  #takeToken(apiKey: string | undefined): void {
    const plan = apiKey === undefined ? undefined : this.#options.usagePlans.planOf(apiKey);
    if (plan === undefined) throw new GatewayRefusal("INVALID_API_KEY");
    if (plan.throttle !== undefined && !this.#buckets.take(`${plan.planId} ${apiKey}`, plan.throttle)) {
      throw new GatewayRefusal("THROTTLED");
    }
  }

  #methodArn(request: HttpRequest): string {
    const { region, accountId } = this.#options;
    return `arn:aws:execute-api:${region}:${accountId}:${this.#api.id}/${this.#api.stage}/${request.method}${request.path}`;
  }

  get #iamOptions(): IamOptions {
    const { principals, region, accountId, now } = this.#options;
    return { principals, region, accountId, now };
  }

  #unexpected(error: unknown): GatewayRefusal {
    this.#options.log.error("gateway failed", { error });
    return new GatewayRefusal("API_CONFIGURATION_ERROR");
  }
}

async function withinTime(invocation: Promise<InvokeResult>, timeoutMs: number): Promise<InvokeResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GatewayRefusal("INTEGRATION_TIMEOUT")), timeoutMs);
  });
  try {
    return await Promise.race([invocation, late]);
  } finally {
    clearTimeout(timer);
  }
}
