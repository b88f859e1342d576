import { gatewayOperation } from "./gateway-operations.ts";
import { s3Operation } from "./s3-operations.ts";
import { headerOf, type SignedRequest } from "./signed-request.ts";

/**
 * Which operation of a service a request asks for: the target header in the JSON protocols, the `Action` field in the
 * query protocol, method and path where the protocol is REST. `undefined` where there is none to be found.
 */
export function operationOf(service: string, request: SignedRequest): string | undefined {
  if (service === "s3") return s3Operation(request);
  if (service === "apigateway") return gatewayOperation(request)?.name;
  const target = headerOf(request.headers, "x-amz-target");
  if (target !== undefined) return target.split(".").at(-1);
  return new URLSearchParams(request.body.toString()).get("Action") ?? undefined;
}
