import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiParameterObject, ZodOpenApiResponsesObject } from "zod-openapi";
import type { ErrorCode } from "../../../domain/error.ts";
import { IdempotencyKey } from "../../../domain/idempotency/claim.ts";
import { idempotencyHeader } from "../edge/header-faults.ts";
import { apiVersion, versionHeader } from "../edge/version.ts";
import { noBody, type Route } from "../route.ts";
import { headersWith } from "./answer-headers.ts";
import type { ProblemResponses } from "./problem-responses.ts";

/** Headers that a request may have beside its key. */
export const requestHeaders: Record<string, ZodOpenApiParameterObject> = {
  ApiVersion: z
    .literal(apiVersion)
    .optional()
    .meta({
      description: "Pins the version of the API; a version there is not is a 400.",
      param: { in: "header", name: versionHeader },
    }),
  IdempotencyKey: IdempotencyKey.optional().meta({
    description:
      "Makes the request run once: the same key with the same body is answered with the first answer again, for 24 " +
      "hours, per tenant and route.",
    param: { in: "header", name: idempotencyHeader },
  }),
};

/** What customers read about one row of the table. */
export function operationOf(route: Route, problems: ProblemResponses): ZodOpenApiOperationObject {
  const headers = isIdempotent(route) ? ["ApiVersion", "IdempotencyKey"] : ["ApiVersion"];
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [tagOf(route)],
    ...(route.access === "public" ? { security: [] } : {}),
    parameters: headers.map(name => ({ $ref: `#/components/parameters/${name}` })),
    requestParams: { path: objectOf(route, "params"), query: objectOf(route, "query") },
    ...requestBodyOf(route),
    responses: { ...answersOf(route), ...problems.of(errorsOf(route)) },
  };
}

/** The resource as a heading: `sessions` → `Sessions`. */
export function tagOf({ resource }: Pick<Route, "resource">): string {
  return resource === "root" ? "Service" : resource.charAt(0).toUpperCase() + resource.slice(1);
}

function requestBodyOf({ method, body, csv }: Route): Pick<ZodOpenApiOperationObject, "requestBody"> {
  if (!takesBody(method) || body === noBody) return {};
  const required = !body.safeParse(undefined).success;
  const table = csv === undefined ? {} : { "text/csv": { schema: { type: "string" as const } } };
  return { requestBody: { required, content: { "application/json": { schema: body }, ...table } } };
}

function answersOf(route: Route): ZodOpenApiResponsesObject {
  const headers = headersWith(...(isIdempotent(route) ? ["Idempotent-Replayed" as const] : []));
  const answers = Object.entries(route.answers).map(([status, schema]) => {
    const description = descriptions[status] ?? status;
    if (status.startsWith("3")) return [status, { description, headers: headersWith("Location") }];
    const content = schema instanceof z.ZodUndefined ? {} : { content: { [route.produces]: { schema } } };
    return [status, { description, headers, ...content }];
  });
  return Object.fromEntries(answers);
}

const descriptions: Readonly<Record<string, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted: it is stored, and happens in the background",
  204: "Done; there is nothing more to say",
  302: "Found elsewhere",
};

/** Every code that can come: those of any endpoint, those of what this one takes, and its own. */
function errorsOf(route: Route): ErrorCode[] {
  return [
    "validation_failed",
    ...(route.access === "tenant" ? (["unauthorized", "rate_limited"] as const) : []),
    ...(route.ids.length > 0 ? (["not_found"] as const) : []),
    ...(takesBody(route.method) ? (["body_too_large", "unsupported_media_type"] as const) : []),
    ...(isIdempotent(route) ? (["idempotency_in_progress", "idempotency_key_reused"] as const) : []),
    ...route.errors,
    "internal_error",
    "unavailable",
  ];
}

function isIdempotent({ method, access }: Route): boolean {
  return method === "POST" && access === "tenant";
}

function takesBody(method: Route["method"]): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

function objectOf(route: Route, part: "params" | "query"): z.ZodObject {
  const schema = route[part];
  if (schema instanceof z.ZodObject) return schema;
  throw new Error(`${route.operationId}: its ${part} are no object of parameters`);
}
