import {
  APIGatewayClient,
  ConflictException,
  CreateApiKeyCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  DeleteUsagePlanKeyCommand,
  type ApiKey as GatewayApiKey,
  NotFoundException,
  paginateGetApiKeys,
  paginateGetUsagePlans,
} from "@aws-sdk/client-api-gateway";
import { ownsGatewayKey } from "../../domain/account/gateway-key.ts";
import { Plan } from "../../domain/account/plan.ts";
import type { StoredTenant } from "../../domain/account/tenant.ts";

/** The tenants' keys at the API gateway. */
export interface GatewayKeys {
  /** Makes sure that the tenant's key stands and is in its plan; answers the key's id. Doing it again is harmless. */
  ensure(tenant: KeyedTenant): Promise<string>;
  /**
   * The same for a tenant that was on another plan. A key of its own leaves that one first, since a key may be in one
   * plan of a stage only: for the moment between, the gateway refuses the tenant.
   */
  move(tenant: KeyedTenant): Promise<string>;
}

type KeyedTenant = Pick<StoredTenant, "id" | "plan" | "gatewayKeyName" | "gatewayKeyValue">;

/** Usage plans are found by name, `PREFIX-free` and so on, and remembered: a template never changes a plan's id. */
export function gatewayKeys(usagePlanPrefix: string): GatewayKeys {
  const client = gatewayClient();
  const planIds = new Map<Plan, string>();
  const planIdOf = async (plan: Plan) => {
    const usagePlanId = planIds.get(plan) ?? (await usagePlanNamed(client, `${usagePlanPrefix}-${plan}`));
    planIds.set(plan, usagePlanId);
    return usagePlanId;
  };
  const ensure: GatewayKeys["ensure"] = async ({ plan, gatewayKeyName, gatewayKeyValue }) => {
    const usagePlanId = await planIdOf(plan);
    const keyId = await keyNamed(client, gatewayKeyName, gatewayKeyValue);
    await unlessThere(client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" })));
    return keyId;
  };
  return {
    ensure,
    async move(tenant) {
      if (!ownsGatewayKey(tenant)) return ensure(tenant);
      const keyId = await keyNamed(client, tenant.gatewayKeyName, tenant.gatewayKeyValue);
      for (const plan of Plan.options.filter(each => each !== tenant.plan)) {
        const usagePlanId = await planIdOf(plan);
        await unlessGone(client.send(new DeleteUsagePlanKeyCommand({ usagePlanId, keyId })));
      }
      return ensure(tenant);
    },
  };
}

async function usagePlanNamed(client: APIGatewayClient, name: string): Promise<string> {
  for await (const page of paginateGetUsagePlans({ client }, { limit: 500 })) {
    const plan = page.items?.find(item => item.name === name);
    if (plan?.id !== undefined) return plan.id;
  }
  throw new Error(`there is no usage plan ${name}`);
}

/** The value follows from the name, so a key made twice meets itself: the second answer is a conflict. */
async function keyNamed(client: APIGatewayClient, name: string, value: string): Promise<string> {
  const made = await unlessThere(client.send(new CreateApiKeyCommand({ name, value, enabled: true })));
  const id = (made ?? (await findKey(client, name)))?.id;
  if (id === undefined) throw new Error(`the gateway has no id for its key ${name}`);
  return id;
}

async function findKey(client: APIGatewayClient, name: string): Promise<GatewayApiKey | undefined> {
  // `nameQuery` matches the beginning of names.
  for await (const page of paginateGetApiKeys({ client }, { nameQuery: name, limit: 500 })) {
    const key = page.items?.find(item => item.name === name);
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Takes a tenant's own key away from the gateway; a shared one stays, for the tenants that it is left to. */
export async function removeGatewayKey(tenant: Pick<KeyedTenant, "id" | "gatewayKeyName">): Promise<void> {
  if (!ownsGatewayKey(tenant)) return;
  const client = gatewayClient();
  const key = await findKey(client, tenant.gatewayKeyName);
  if (key?.id !== undefined) await unlessGone(client.send(new DeleteApiKeyCommand({ apiKey: key.id })));
}

function gatewayClient(): APIGatewayClient {
  return new APIGatewayClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 1_000, socketTimeout: 5_000 },
  });
}

async function unlessGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
  }
}

/** What a creation answers, or undefined where the thing stands already. */
async function unlessThere<T>(creation: Promise<T>): Promise<T | undefined> {
  try {
    return await creation;
  } catch (error) {
    if (error instanceof ConflictException) return undefined;
    throw error;
  }
}
