import type { IncomingMessage, ServerResponse } from "node:http";
import type { ControlContext, SocketHost } from "./control-context.ts";
import type { Answer, Route } from "./control-route.ts";
import { controlRoutes } from "./control-routes.ts";
import { Problem } from "./problem.ts";

/** A file of 100 MB in base64, and some. */
const BODY_BYTES_MAX = 140 * 1024 * 1024;

/** The control API of the simulated WhatsApp: JSON over HTTP, for the people who simulate the people. */
export class ControlApi {
  readonly #context: ControlContext;
  readonly #routes: readonly Route[];
  #hosts: readonly SocketHost[] = [];

  constructor(context: Omit<ControlContext, "hosts">) {
    this.#context = { ...context, hosts: () => this.#hosts };
    this.#routes = controlRoutes(this.#context);
  }

  setHosts(hosts: readonly SocketHost[]): void {
    this.#hosts = hosts;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request);
    // A caller that keeps a connection would stumble over it after a restart on the same port.
    response.setHeader("connection", "close");
    if (body === undefined) {
      response.writeHead(status).end();
      return;
    }
    const contentType = body instanceof Problem ? "application/problem+json" : "application/json";
    response.writeHead(status, { "content-type": contentType }).end(JSON.stringify(body));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    try {
      const url = new URL(request.url ?? "/", "http://localhost");
      const { route, parameters } = this.#find(request.method ?? "GET", url.pathname);
      const query = Object.fromEntries(url.searchParams);
      return await route.answer({ parameters, query, body: await readJson(request) });
    } catch (error) {
      if (error instanceof Problem) return { status: error.status, body: error };
      this.#context.world.log.error("control call failed", { error, method: request.method });
      return {
        status: 500,
        body: new Problem(500, "internal_error", "The simulated WhatsApp failed; its log says why."),
      };
    }
  }

  #find(method: string, pathname: string): { route: Route; parameters: Record<string, string> } {
    const matches = this.#routes.flatMap(route => {
      const parameters = matchPath(route.path, pathname);
      return parameters ? [{ route, parameters }] : [];
    });
    const match = matches.find(({ route }) => route.method === method);
    if (match) return match;
    if (matches.length > 0) throw new Problem(405, "method_not_allowed", "This path does not take this method.");
    throw new Problem(404, "not_found", "There is no such call.");
  }
}

function matchPath(pattern: string, pathname: string): Record<string, string> | undefined {
  const expected = pattern.split("/");
  const actual = pathname.split("/");
  if (expected.length !== actual.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = actual[index] ?? "";
    if (segment.startsWith(":")) parameters[segment.slice(1)] = decodeSegment(value);
    else if (segment !== value) return undefined;
  }
  return parameters;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem(400, "validation_failed", "The path is not URL-encoded text.");
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Problem(413, "body_too_large", "The body is over 140 MB.");
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Problem(400, "validation_failed", "The body is not JSON.");
  }
}
