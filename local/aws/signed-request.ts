import type { IncomingHttpHeaders } from "node:http";

/** One HTTP request as it came in, before anybody knows whose it is. */
export interface SignedRequest {
  readonly method: string;
  /** The path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** The query as sent, still percent-encoded, without the question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The first value of a header, by its lower-case name. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The query as decoded pairs in the order sent; a key without `=` has an empty value, as in `?uploads`. */
export function queryPairs(query: string): readonly (readonly [string, string])[] {
  if (query === "") return [];
  return query.split("&").map(pair => {
    const equals = pair.indexOf("=");
    if (equals === -1) return [decodeURIComponent(pair), ""];
    return [decodeURIComponent(pair.slice(0, equals)), decodeURIComponent(pair.slice(equals + 1))];
  });
}
