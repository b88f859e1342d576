import type middy from "@middy/core";
import { NotFound } from "../../../domain/error.ts";
import type { Answer } from "../answer.ts";
import type { Endpoint, Exchange, Matched } from "../exchange.ts";
import { MethodNotAllowed, Unauthorized } from "../refusal.ts";

/** Finds the endpoint a request is for: 404 where no path matches, 405 with Allow where only the method does not. */
export function matchedRoute(endpoints: readonly Endpoint[]): middy.MiddlewareObj<Exchange, Answer> {
  return {
    before({ event }): undefined {
      const here = candidates(endpoints, event.path);
      // A HEAD is a GET whose answer loses its body on the way out.
      const method = event.method === "HEAD" ? "GET" : event.method;
      const matched = here.find(({ endpoint }) => endpoint.route.method === method);
      if (here.length === 0) throw new NotFound();
      if (matched === undefined) throw new MethodNotAllowed(methodsOf(here));
      if (matched.endpoint.route.access === "tenant" && event.caller === undefined) throw new Unauthorized();
      event.matched = matched;
    },
  };
}

/** What was matched; every step behind the router may rely on it. */
export function matchedOf(exchange: Exchange): Matched {
  if (exchange.matched === undefined) throw new Error("a request was used before it was routed");
  return exchange.matched;
}

function candidates(endpoints: readonly Endpoint[], path: string): Matched[] {
  const segments = segmentsOf(path.replace(/^\/api\/v1(?=\/|$)/, "/api"));
  const fitting = endpoints.flatMap(endpoint => {
    const params = paramsOf(endpoint.route.path.slice(1).split("/"), segments);
    return params === undefined ? [] : [{ endpoint, params }];
  });
  // `/api/contacts/imports` is not the contact called `imports`: the path with the fewest parameters is meant.
  const fewest = Math.min(...fitting.map(({ params }) => Object.keys(params).length));
  return fitting.filter(({ params }) => Object.keys(params).length === fewest);
}

/** The decoded segments of a path; one slash at its end means nothing. */
function segmentsOf(path: string): string[] {
  return path
    .replace(/(?<=.)\/$/, "")
    .slice(1)
    .split("/")
    .map(decoded);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    // What is not percent-encoded text stays as it is: it can be nobody's id.
    if (error instanceof URIError) return segment;
    throw error;
  }
}

function paramsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [position, part] of pattern.entries()) {
    const segment = segments[position] ?? "";
    if (part.startsWith(":") && segment !== "") params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

function methodsOf(here: readonly Matched[]): string[] {
  const methods = here.map(({ endpoint }) => endpoint.route.method);
  return [...new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"])];
}
