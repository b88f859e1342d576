import * as z from "zod";
import { route } from "../route.ts";

const Health = z
  .object({ status: z.literal("ok"), version: z.string().meta({ examples: ["0.1.0"] }) })
  .meta({ id: "Health" });

const OpenApi = z
  .looseObject({ openapi: z.string().meta({ examples: ["3.1.1"] }) })
  .meta({ description: "This document." });

// Monitors and browsers put things of their own behind the question mark.
const query = z.looseObject({});

export const rootRoutes = {
  getHealth: route({
    method: "GET",
    path: "/health",
    resource: "root",
    operationId: "getHealth",
    summary: "Whether the API answers, and its version",
    access: "public",
    query,
    answers: { 200: Health },
  }),
  getOpenApi: route({
    method: "GET",
    path: "/openapi.json",
    resource: "root",
    operationId: "getOpenApi",
    summary: "This document: OpenAPI 3.1",
    access: "public",
    query,
    answers: { 200: OpenApi },
  }),
  getDocs: route({
    method: "GET",
    path: "/docs",
    resource: "root",
    operationId: "getDocs",
    summary: "A page that shows this document, with nothing from elsewhere",
    access: "public",
    query,
    answers: { 200: z.string() },
    produces: "text/html",
  }),
  getDocsFile: route({
    method: "GET",
    path: "/docs/:file",
    resource: "root",
    operationId: "getDocsFile",
    summary: "A script or a style sheet of the page",
    access: "public",
    ids: [{ kind: "docs-file", at: ["params.file"] }],
    params: z.strictObject({ file: z.string() }),
    query,
    answers: { 200: z.string() },
    documented: false,
  }),
};
