import { createHash } from "node:crypto";
import { encodeBits } from "../id.ts";
import type { Plan } from "./plan.ts";

/** API Gateway holds 10,000 keys a region, which cannot be raised; the rest are left to the account's other uses. */
export const ownGatewayKeysMax = 9_000;
const sharedKeysOfPlan = 100;

export interface GatewayKey {
  readonly name: string;
  readonly value: string;
}

/**
 * The gateway's key that a tenant's requests are metered under. The first 9,000 tenants of an installation have one
 * each, named by the tenant's id; later ones share a hundred a plan, chosen by their id. The key is only the shield
 * against floods: the exact count is per tenant either way.
 *
 * Its value follows from its name, so that making it again after a crash finds it rather than making a second one. It
 * opens nothing: the gateway takes it from the authorizer alone, never from a request.
 */
export function gatewayKeyOf(
  tenant: { readonly id: string; readonly plan: Plan },
  ordinal: number,
  installation: string,
): GatewayKey {
  const name = ordinal <= ownGatewayKeysMax ? tenant.id : `shared-${tenant.plan}-${sharedPlace(tenant.id)}`;
  const hash = createHash("sha256")
    .update(JSON.stringify([installation, name]))
    .digest();
  return { name: `${installation}-${name}`, value: `gw${encodeBits(hash, 38)}` };
}

/** Whether the gateway's key is this tenant's alone. */
export function ownsGatewayKey(tenant: { readonly id: string; readonly gatewayKeyName: string }): boolean {
  return tenant.gatewayKeyName.endsWith(`-${tenant.id}`);
}

/** The gateway's key of a tenant that moves to another plan: its own goes with it, a shared one is another plan's. */
export function gatewayKeyOnPlan(
  tenant: { readonly id: string; readonly gatewayKeyName: string; readonly gatewayKeyValue: string },
  plan: Plan,
  installation: string,
): GatewayKey {
  if (ownsGatewayKey(tenant)) return { name: tenant.gatewayKeyName, value: tenant.gatewayKeyValue };
  return gatewayKeyOf({ id: tenant.id, plan }, ownGatewayKeysMax + 1, installation);
}

function sharedPlace(tenantId: string): string {
  const place = createHash("sha256").update(tenantId).digest().readUInt32BE(0) % sharedKeysOfPlan;
  return String(place).padStart(2, "0");
}
