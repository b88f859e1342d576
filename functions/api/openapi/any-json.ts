import type { OpenApi } from "./open-api.ts";

/** What zod calls a recursive schema that has no name of its own: z.json() is the only one there is. */
const jsonItself = /__schema\d+$/;

/** The document with values that are any JSON as just that, rather than as a schema of what JSON is. */
export function withAnyJson(document: OpenApi): OpenApi {
  return JSON.parse(JSON.stringify(document), (key, value) => {
    if (jsonItself.test(value?.$ref ?? "")) return key === "additionalProperties" ? true : {};
    return jsonItself.test(key) ? undefined : value;
  });
}
