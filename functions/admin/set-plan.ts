import { gatewayKeyOnPlan } from "../../domain/account/gateway-key.ts";
import { allowanceOf } from "../../domain/account/plan.ts";
import type { StoredTenant } from "../../domain/account/tenant.ts";
import { changeTenant, findTenant, noteGatewayKey } from "../../domain/account/tenant-store.ts";
import { keepMessagesFor } from "../../domain/session/retention.ts";
import { ok } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";
import { TenantBeingDeleted } from "./tenant-being-deleted.ts";

/**
 * The row first, its sessions and its key at the gateway after: asking again, with or without the retention, makes up
 * for a crash in between.
 */
export const setPlan = ({ db, gatewayKeys, installation, tenants }: AdminContext) =>
  endpoint(adminRoutes.setPlan, async call => {
    const { plan, rateLimit = allowanceOf(plan).rateLimit, retentionDays } = call.body;
    const tenant = tenants.of(call);
    const { name, value } = gatewayKeyOnPlan(tenant, plan, installation);
    const key = { gatewayKeyId: null, gatewayKeyName: name, gatewayKeyValue: value };
    const retention = retentionDays === undefined ? {} : { retentionDays };
    const changed = await changeTenant(db, tenant.id, { plan, rateLimit, ...retention, ...key });
    if (changed === undefined) throw new TenantBeingDeleted();
    await reachSessions(db, changed);
    await noteGatewayKey(db, tenant.id, await gatewayKeys.move(changed));
    return ok(changed);
  });

/** Until they have what the tenant has by then: of two operators at once, the sessions follow the last one's word. */
async function reachSessions(db: AdminContext["db"], { id, retentionDays }: StoredTenant): Promise<void> {
  await keepMessagesFor(db, id, retentionDays);
  const now = await findTenant(db, id);
  if (now !== undefined && now.retentionDays !== retentionDays) await reachSessions(db, now);
}
