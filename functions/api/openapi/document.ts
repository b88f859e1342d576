import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { apiVersion } from "../edge/version.ts";
import { Problem } from "../problem.ts";
import type { Route } from "../route.ts";
import { answerHeaders } from "./answer-headers.ts";
import { withAnyJson } from "./any-json.ts";
import { eventPosted } from "./event-posted.ts";
import { addExamples } from "./examples.ts";
import type { OpenApi } from "./open-api.ts";
import { operationOf, requestHeaders, tagOf } from "./operation.ts";
import { plainSchemas } from "./plain-schemas.ts";
import { problemResponses } from "./problem-responses.ts";

const description = [
  "WhatsApp as a service. Send `Authorization: Bearer API_KEY` with every request; JSON in and out, in UTF-8.",
  "`/api/v1/…` is an alias of `/api/…`. Errors are `application/problem+json` (RFC 9457), told apart by `code`.",
  "An unknown id is a 404 before anything else of a request is looked at. A path that exists answers a method it does " +
    "not know with a 405 and `Allow`.",
].join("\n\n");

/** The OpenAPI 3.1 document of the endpoints that customers are told of, from the schemas that validate the requests. */
export function openApiDocument(routes: readonly Route[], { version }: { version: string }): OpenApi {
  const shown = routes.filter(({ documented, access }) => documented && access !== "operator");
  const problems = problemResponses();
  const paths: ZodOpenApiPathsObject = {};
  for (const route of shown) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [methodOf(route)]: operationOf(route, problems) };
  }
  const document = createDocument(
    {
      openapi: "3.1.1",
      info: { title: "WASaaS", version: apiVersion, description, "x-product-version": version },
      servers: [{ url: "/", description: "This installation" }],
      tags: [...new Set(shown.map(tagOf))].map(name => ({ name })),
      security: [{ apiKey: [] }],
      paths,
      webhooks: { event: eventPosted },
      components: {
        securitySchemes: { apiKey: { type: "http", scheme: "bearer", bearerFormat: "wa_live_… or wa_test_…" } },
        headers: answerHeaders,
        parameters: requestHeaders,
        responses: problems.components,
        schemas: { Problem },
      },
    },
    { override: plainSchemas, outputIdSuffix: "Answer" },
  );
  return addExamples(withAnyJson(document));
}

function methodOf({ method }: Route): "get" | "post" | "put" | "patch" | "delete" {
  switch (method) {
    case "GET":
      return "get";
    case "POST":
      return "post";
    case "PUT":
      return "put";
    case "PATCH":
      return "patch";
    case "DELETE":
      return "delete";
    default:
      return method satisfies never;
  }
}
