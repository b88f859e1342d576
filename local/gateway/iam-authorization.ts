import type { Caller } from "../aws/aws-call.ts";
import { evaluate } from "../aws/iam/evaluate.ts";
import type { PolicyStatement } from "../aws/iam/policy.ts";
import { signatureClaimOf, verifySignature } from "../aws/signature.ts";
import type { SignedRequest } from "../aws/signed-request.ts";
import { GatewayRefusal } from "./gateway-refusal.ts";
import type { HttpRequest } from "./http-message.ts";
import type { CallerIdentity } from "./request-context.ts";

/** Who may sign requests here, and what each may do. */
export interface Principals {
  callerOf(accessKeyId: string): Caller | undefined;
  secretOf(accessKeyId: string): string;
  policyOf(roleName: string): readonly PolicyStatement[];
}

export interface IamOptions {
  readonly principals: Principals;
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
}

/**
 * Verifies the Signature Version 4 of a request to an AWS_IAM method, and that its signer may invoke the method.
 * `signedPath` is the path that the signer addressed, stage included.
 * @throws GatewayRefusal 403
 */
export function authorizeByIam(
  request: HttpRequest,
  body: Buffer,
  signedPath: string,
  methodArn: string,
  { principals, region, accountId, now }: IamOptions,
): Pick<CallerIdentity, "accessKey" | "accountId" | "caller" | "user" | "userArn"> {
  const signed: SignedRequest = {
    method: request.method,
    path: signedPath,
    query: request.query,
    headers: joinedHeaders(request),
    body,
  };
  const claim = signatureClaimOf(signed);
  if (claim === undefined) throw new GatewayRefusal("MISSING_AUTHENTICATION_TOKEN");
  const caller = principals.callerOf(claim.accessKeyId);
  if (caller === undefined || claim.service !== "execute-api") {
    const message = "The security token included in the request is invalid.";
    throw new GatewayRefusal("INVALID_SIGNATURE", { message });
  }
  const secret = principals.secretOf(claim.accessKeyId);
  const fault = verifySignature(signed, claim, { secret, region, nowMs: now() });
  if (fault !== undefined) throw new GatewayRefusal("INVALID_SIGNATURE");
  const roleName = caller.kind === "role" ? caller.roleName : "runner";
  const wanted = { action: "execute-api:Invoke", resource: methodArn };
  if (caller.kind === "role" && !evaluate(principals.policyOf(roleName), wanted, new Map()).allowed) {
    throw new GatewayRefusal("ACCESS_DENIED");
  }
  const userArn = `arn:aws:sts::${accountId}:assumed-role/${roleName}/local`;
  return { accessKey: claim.accessKeyId, accountId, caller: claim.accessKeyId, user: claim.accessKeyId, userArn };
}

function joinedHeaders(request: HttpRequest): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    joined[key] = joined[key] === undefined ? value : `${joined[key]},${value}`;
  }
  return joined;
}
