import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { opens, readApiKeyText, type StoredApiKey } from "../../domain/account/api-key.ts";
import { findApiKey, noteApiKeyUse } from "../../domain/account/api-key-store.ts";
import { allowanceOf } from "../../domain/account/plan.ts";
import type { StoredTenant } from "../../domain/account/tenant.ts";
import { findTenant } from "../../domain/account/tenant-store.ts";
import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { Log } from "../../domain/log.ts";
import type { CallerContext } from "../api/caller.ts";

/** API Gateway answers 401 to exactly this message, and 500 to any other error of an authorizer. */
class Unauthorized extends Error {
  override readonly name = "Unauthorized";
  constructor() {
    super("Unauthorized");
  }
}

/**
 * Maps an API key to its tenant. The answer is cached by key for 30 seconds and so allows every path of the stage: a
 * narrower one would refuse the next request of the same key elsewhere.
 */
export async function authorize(
  event: Pick<APIGatewayRequestAuthorizerEvent, "headers" | "methodArn">,
  { db, now, log }: { db: Db<"accounts">; now: Now; log: Log },
): Promise<APIGatewayAuthorizerResult> {
  const text = bearerOf(event.headers ?? {});
  const named = text === undefined ? undefined : readApiKeyText(text);
  if (text === undefined || named === undefined) throw new Unauthorized();
  const key = await findApiKey(db, named.id);
  if (key === undefined || key.mode !== named.mode || !opens(key, text, now())) throw new Unauthorized();
  // Beside the read that is needed anyway, so that noting the use takes no time of its own.
  const [tenant] = await Promise.all([findTenant(db, key.tenantId), noteUse(key, { db, now, log })]);
  if (tenant === undefined || tenant.status !== "active") throw new Unauthorized();
  return {
    principalId: tenant.id,
    policyDocument: allowStage(event.methodArn),
    context: { ...contextOf(tenant, key) },
    usageIdentifierKey: tenant.gatewayKeyValue,
  };
}

/** Nobody is refused because the time of a use cannot be noted. */
async function noteUse(key: StoredApiKey, { db, now, log }: Parameters<typeof authorize>[1]): Promise<void> {
  try {
    await noteApiKeyUse(db, key, now());
  } catch (error) {
    log.warn("use of a key not noted", { keyId: key.id, tenantId: key.tenantId, error });
  }
}

function bearerOf(headers: NonNullable<APIGatewayRequestAuthorizerEvent["headers"]>): string | undefined {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization") ?? [];
  return /^Bearer +(\S+) *$/i.exec(value ?? "")?.[1];
}

/** `arn:…:API/STAGE/GET/api/sessions` → the whole stage. */
function allowStage(methodArn: string): APIGatewayAuthorizerResult["policyDocument"] {
  const [api, stage] = methodArn.split("/");
  const Resource = `${api}/${stage}/*`;
  return { Version: "2012-10-17", Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource }] };
}

function contextOf(tenant: StoredTenant, key: StoredApiKey): CallerContext {
  const { sessionsMax } = allowanceOf(tenant.plan);
  return {
    tenantId: tenant.id,
    keyId: key.id,
    plan: tenant.plan,
    rateLimit: String(tenant.rateLimit),
    sessionsMax: sessionsMax === null ? "" : String(sessionsMax),
    retentionDays: tenant.retentionDays === null ? "" : String(tenant.retentionDays),
    cursorKey: tenant.cursorKey,
  };
}
