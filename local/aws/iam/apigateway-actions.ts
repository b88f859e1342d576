import type { SignedRequest } from "../signed-request.ts";
import type { Authorization, Partition } from "./authorization.ts";

/** API Gateway's actions are HTTP methods, and its ARNs are paths without an account (service authorization reference). */
export function apigatewayAuthorizations(request: SignedRequest, where: Partition): readonly Authorization[] {
  return [
    {
      action: `apigateway:${request.method}`,
      resource: `arn:aws:apigateway:${where.region}::${decodeURIComponent(request.path)}`,
    },
  ];
}
