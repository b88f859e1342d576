import type { SignedRequest } from "./signed-request.ts";

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
}

const routes: readonly Route[] = [
  { name: "CreateApiKey", method: "POST", path: /^\/apikeys$/ },
  { name: "GetApiKeys", method: "GET", path: /^\/apikeys$/ },
  { name: "GetApiKey", method: "GET", path: /^\/apikeys\/(?<key>[^/]+)$/ },
  { name: "UpdateApiKey", method: "PATCH", path: /^\/apikeys\/(?<key>[^/]+)$/ },
  { name: "DeleteApiKey", method: "DELETE", path: /^\/apikeys\/(?<key>[^/]+)$/ },
  { name: "GetUsagePlans", method: "GET", path: /^\/usageplans$/ },
  { name: "GetUsagePlan", method: "GET", path: /^\/usageplans\/(?<plan>[^/]+)$/ },
  { name: "CreateUsagePlanKey", method: "POST", path: /^\/usageplans\/(?<plan>[^/]+)\/keys$/ },
  { name: "GetUsagePlanKeys", method: "GET", path: /^\/usageplans\/(?<plan>[^/]+)\/keys$/ },
  { name: "DeleteUsagePlanKey", method: "DELETE", path: /^\/usageplans\/(?<plan>[^/]+)\/keys\/(?<key>[^/]+)$/ },
];

/** The operation and path parameters of a request to API Gateway's control plane (API Gateway V1 REST API reference). */
export function gatewayOperation(
  request: Pick<SignedRequest, "method" | "path">,
): { readonly name: string; readonly key: string; readonly plan: string } | undefined {
  for (const route of routes) {
    const match = request.method === route.method ? route.path.exec(request.path) : null;
    if (match === null) continue;
    const { key = "", plan = "" } = match.groups ?? {};
    return { name: route.name, key: decodeURIComponent(key), plan: decodeURIComponent(plan) };
  }
  return undefined;
}
