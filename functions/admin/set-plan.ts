import { gatewayKeyOnPlan } from "../../domain/account/gateway-key.ts";
import { allowanceOf } from "../../domain/account/plan.ts";
import { changeTenant, noteGatewayKey } from "../../domain/account/tenant-store.ts";
import { ok } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";
import { TenantBeingDeleted } from "./tenant-being-deleted.ts";

/** The row first, its key at the gateway after: asking again makes up for a crash in between. */
export const setPlan = ({ db, gatewayKeys, installation, tenants }: AdminContext) =>
  endpoint(adminRoutes.setPlan, async call => {
    const { plan, rateLimit = allowanceOf(plan).rateLimit } = call.body;
    const tenant = tenants.of(call);
    const { name, value } = gatewayKeyOnPlan(tenant, plan, installation);
    const key = { gatewayKeyId: null, gatewayKeyName: name, gatewayKeyValue: value };
    const changed = await changeTenant(db, tenant.id, { plan, rateLimit, ...key });
    if (changed === undefined) throw new TenantBeingDeleted();
    await noteGatewayKey(db, tenant.id, await gatewayKeys.move(changed));
    return ok(changed);
  });
