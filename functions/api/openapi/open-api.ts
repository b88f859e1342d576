import type { createDocument } from "zod-openapi";

/** An OpenAPI document, written out in full. */
export type OpenApi = ReturnType<typeof createDocument>;
