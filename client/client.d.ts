import type { Client, ClientOptions } from "openapi-fetch";
import type { components, operations, paths } from "./openapi.js";

export type { components, operations, paths };

/** The schemas of the API by name: `Schemas["Message"]`. */
export type Schemas = components["schemas"];

export interface WasaasClientOptions extends Omit<ClientOptions, "baseUrl"> {
  /** `https://HOST`, without a path. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

export type WasaasClient = Client<paths>;

/**
 * A client of the REST API, typed by its OpenAPI document: `client.POST("/api/messages/send", { body })` knows the
 * body, the answer and the errors. Never throws for an answer: `data` is that of a 2xx, `error` the problem details.
 */
export declare function createClient(options: WasaasClientOptions): WasaasClient;
