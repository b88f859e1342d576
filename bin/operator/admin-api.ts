import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import * as z from "zod";
import { Problem } from "../../functions/api/problem.ts";
import { OperatorError } from "./operator-error.ts";
import type { Target } from "./target.ts";

export interface AdminApi {
  /** Asks one admin route and reads its answer; a refusal becomes one line. */
  ask<T extends z.ZodType>(schema: T, request: AdminRequest): Promise<z.output<T>>;
  /** All pages of a list, in order. */
  all<T extends z.ZodType>(item: T, request: AdminRequest): Promise<z.output<T>[]>;
}

interface AdminRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/admin`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const timeoutMs = 30_000;

/** Requests to an installation's admin routes, signed for API Gateway (SigV4, service execute-api). */
export function adminApi(target: Target): AdminApi {
  const { region, credentials } = target;
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 });
  const ask: AdminApi["ask"] = async (schema, request) => {
    const response = await send(signer, target, request);
    const text = await response.text();
    const json = parsedJson(text);
    if (!response.ok) throw refusal(response.status, json);
    const read = z.safeParse(schema, json);
    if (!read.success)
      throw new OperatorError(`${target.baseUrl} did not answer as WASaaS does`, { cause: read.error });
    return read.data;
  };
  return {
    ask,
    async all(item, request) {
      const page = z.object({ data: z.array(item), nextCursor: z.string().nullable() });
      const data = [];
      let cursor: string | null = null;
      do {
        const query: Record<string, string> = {
          ...request.query,
          limit: "100",
          ...(cursor === null ? {} : { cursor }),
        };
        const answer: z.output<typeof page> = await ask(page, { ...request, query });
        data.push(...answer.data);
        cursor = answer.nextCursor;
      } while (cursor !== null);
      return data;
    },
  };
}

async function send(signer: SignatureV4, { baseUrl }: Target, request: AdminRequest): Promise<Response> {
  const url = new URL(`${baseUrl}/admin${request.path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  try {
    const signed = await signer.sign({
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body }),
    });
    const { host: _host, ...headers } = signed.headers;
    const signal = AbortSignal.timeout(timeoutMs);
    return await fetch(url, {
      method: request.method,
      headers,
      redirect: "error",
      signal,
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw new OperatorError(`${url.origin} cannot be asked: ${reasonOf(error)}`, { cause: error });
  }
}

/** fetch says only "fetch failed"; what failed is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || error.name;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refusal(status: number, json: unknown): OperatorError {
  const problem = Problem.safeParse(json);
  if (!problem.success) return new OperatorError(`refused with HTTP status ${status}`);
  const fields = (problem.data.errors ?? []).map(({ path, message }) => `${path.replace(/^body\./, "")} ${message}`);
  return new OperatorError(fields.length > 0 ? fields.join("; ") : problem.data.detail);
}
