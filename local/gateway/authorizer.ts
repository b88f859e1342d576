import * as z from "zod";
import { evaluate } from "../aws/iam/evaluate.ts";
import { PolicyStatement } from "../aws/iam/policy.ts";
import type { InvokeResult } from "../lambda/functions.ts";
import { GatewayRefusal } from "./gateway-refusal.ts";
import { type HttpRequest, header } from "./http-message.ts";
import type { RequestParts } from "./proxy-event.ts";
import type { AuthorizerDefinition } from "./rest-api-definition.ts";

const Statements = z.union([PolicyStatement.transform(one => [one]), z.array(PolicyStatement)]);

const AuthorizerAnswer = z.object({
  principalId: z.string(),
  policyDocument: z.object({ Statement: Statements }),
  // An object or an array in the context is a configuration error on AWS.
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullish(),
  usageIdentifierKey: z.string().nullish(),
});
type AuthorizerAnswer = z.infer<typeof AuthorizerAnswer>;

export interface Authorized {
  /** `requestContext.authorizer`: the context as strings, and who it is. */
  readonly context: Readonly<Record<string, string | number | null>>;
  readonly usageIdentifierKey: string | undefined;
}

interface Cached {
  readonly answer: AuthorizerAnswer;
  readonly untilMs: number;
}

const cachedAnswersMax = 10_000;

/**
 * Asks REQUEST authorizers, and keeps their answers for as long as each says, by its identity sources.
 * A kept policy is judged against each request's own method ARN, which is why a policy must cover every route.
 */
export class Authorizers {
  readonly #invoke: (functionArn: string, event: string) => Promise<InvokeResult>;
  readonly #now: () => number;
  readonly #cache = new Map<string, Cached>();

  constructor(invoke: (functionArn: string, event: string) => Promise<InvokeResult>, now: () => number) {
    this.#invoke = invoke;
    this.#now = now;
  }

  /** @throws GatewayRefusal UNAUTHORIZED, ACCESS_DENIED or an authorizer's own failure */
  async authorize(
    authorizer: AuthorizerDefinition,
    request: HttpRequest,
    parts: RequestParts,
    methodArn: string,
  ): Promise<Authorized> {
    const startedMs = this.#now();
    const answer = await this.#answer(authorizer, request, parts, methodArn);
    const context = new Map([["aws:sourceip", [request.sourceIp]]]);
    const wanted = { action: "execute-api:Invoke", resource: methodArn };
    const decision = evaluate(answer.policyDocument.Statement, wanted, context);
    if (!decision.allowed) {
      const explicitly = decision.reason === "explicit deny" ? " with an explicit deny" : "";
      const message = `User is not authorized to access this resource${explicitly}`;
      throw new GatewayRefusal("ACCESS_DENIED", { message });
    }
    return {
      context: {
        ...Object.fromEntries(
          Object.entries(answer.context ?? {}).map(([name, value]) => [name, value === null ? null : String(value)]),
        ),
        principalId: answer.principalId,
        integrationLatency: this.#now() - startedMs,
      },
      usageIdentifierKey: answer.usageIdentifierKey ?? undefined,
    };
  }

  async #answer(
    authorizer: AuthorizerDefinition,
    request: HttpRequest,
    parts: RequestParts,
    methodArn: string,
  ): Promise<AuthorizerAnswer> {
    const identity = authorizer.identitySources.map(source => identityOf(source, request, parts));
    // A request without its identity never reaches the authorizer.
    if (identity.some(value => value === undefined || value === "")) throw new GatewayRefusal("UNAUTHORIZED");
    const key = JSON.stringify([authorizer.id, ...identity]);
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.untilMs > this.#now()) return cached.answer;
    const event = JSON.stringify({ type: "REQUEST", methodArn, ...parts });
    const answer = readAnswer(await this.#invoke(authorizer.functionArn, event));
    if (authorizer.resultTtlMs > 0 && identity.length > 0) this.#keep(key, answer, authorizer.resultTtlMs);
    return answer;
  }

  #keep(key: string, answer: AuthorizerAnswer, ttlMs: number): void {
    this.#cache.delete(key);
    this.#cache.set(key, { answer, untilMs: this.#now() + ttlMs });
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > cachedAnswersMax && oldest !== undefined) this.#cache.delete(oldest);
  }
}

function readAnswer(result: InvokeResult): AuthorizerAnswer {
  if (result.outcome === "throttled") throw new GatewayRefusal("AUTHORIZER_FAILURE");
  if (result.outcome !== "returned") {
    // A function that throws exactly this word says that the caller is unknown, not that it broke.
    if (result.error.errorMessage === "Unauthorized") throw new GatewayRefusal("UNAUTHORIZED");
    throw new GatewayRefusal("AUTHORIZER_FAILURE");
  }
  const answer = AuthorizerAnswer.safeParse(JSON.parse(result.payload));
  if (!answer.success) throw new GatewayRefusal("AUTHORIZER_CONFIGURATION_ERROR");
  return answer.data;
}

/** `method.request.header.NAME`, `method.request.querystring.NAME`, `stageVariables.NAME` or `context.NAME`. */
function identityOf(source: string, request: HttpRequest, parts: RequestParts): string | undefined {
  const name = source.slice(source.lastIndexOf(".") + 1);
  if (source.startsWith("method.request.header.")) return header(request.headers, name);
  if (source.startsWith("method.request.querystring.")) return parts.queryStringParameters?.[name];
  if (source.startsWith("stageVariables.")) return parts.stageVariables?.[name];
  const value = Object.entries(parts.requestContext).find(([key]) => key === name)?.[1];
  return typeof value === "string" ? value : undefined;
}
