import type { HttpRequest } from "./http-message.ts";
import { header } from "./http-message.ts";
import type { RequestContext } from "./request-context.ts";
import type { Match } from "./resource-tree.ts";
import type { MethodDefinition, RestApiDefinition } from "./rest-api-definition.ts";

type Single = Readonly<Record<string, string>> | null;
type Multi = Readonly<Record<string, readonly string[]>> | null;

/** What a Lambda proxy integration and a REQUEST authorizer are both told of a request (payload format 1.0). */
export interface RequestParts {
  readonly resource: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Single;
  readonly multiValueHeaders: Multi;
  readonly queryStringParameters: Single;
  readonly multiValueQueryStringParameters: Multi;
  readonly pathParameters: Single;
  readonly stageVariables: Single;
  readonly requestContext: RequestContext;
}

/**
 * A REST API leaves path and path parameters percent-encoded as sent, decodes the query, and names the last of several
 * values in the single-value maps.
 */
export function requestParts(
  api: RestApiDefinition,
  request: HttpRequest,
  match: Match<MethodDefinition>,
  context: RequestContext,
): RequestParts {
  const [headers, multiValueHeaders] = valueMaps(request.headers);
  const [queryStringParameters, multiValueQueryStringParameters] = valueMaps([
    ...new URLSearchParams(request.query).entries(),
  ]);
  return {
    resource: match.node.path,
    path: request.path,
    httpMethod: request.method,
    headers,
    multiValueHeaders,
    queryStringParameters,
    multiValueQueryStringParameters,
    pathParameters: orNull(match.parameters),
    stageVariables: orNull(api.stageVariables),
    requestContext: context,
  };
}

/** The event of a Lambda proxy integration. A body of a binary media type goes in base64. */
export function proxyEvent(parts: RequestParts, body: Buffer, contentIsBinary: boolean): object {
  return {
    ...parts,
    body: body.length === 0 ? null : body.toString(contentIsBinary ? "base64" : "utf8"),
    isBase64Encoded: contentIsBinary && body.length > 0,
  };
}

/** Whether a media type is one of the API's binary ones, wildcards included. */
export function isBinaryMediaType(binaryMediaTypes: readonly string[], mediaType: string | undefined): boolean {
  const [plain = ""] = (mediaType ?? "").toLowerCase().split(";", 1);
  const [type] = plain.trim().split("/", 1);
  return binaryMediaTypes.some(binary => binary === "*/*" || binary === plain.trim() || binary === `${type}/*`);
}

export const contentIsBinary = (api: RestApiDefinition, request: HttpRequest): boolean =>
  isBinaryMediaType(api.binaryMediaTypes, header(request.headers, "content-type"));

function valueMaps(pairs: readonly (readonly [string, string])[]): readonly [Single, Multi] {
  if (pairs.length === 0) return [null, null];
  const multi = new Map<string, string[]>();
  for (const [name, value] of pairs) multi.set(name, [...(multi.get(name) ?? []), value]);
  return [Object.fromEntries(pairs), Object.fromEntries(multi)];
}

function orNull(values: Readonly<Record<string, string>>): Single {
  return Object.keys(values).length === 0 ? null : values;
}
