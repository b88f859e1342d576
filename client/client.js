import createFetchClient from "openapi-fetch";

/**
 * A client of the REST API, typed by its OpenAPI document: `client.POST("/api/messages/send", { body })` knows the
 * body, the answer and the errors. Never throws for an answer: `data` is that of a 2xx, `error` the problem details.
 * Plain JavaScript with its types beside it, so that it runs wherever it is installed, in a browser too.
 */
export function createClient({ baseUrl, apiKey, ...options }) {
  const headers = { Authorization: `Bearer ${apiKey}`, "X-API-Version": "2026-11-01", ...options.headers };
  return createFetchClient({ ...options, baseUrl, headers });
}
