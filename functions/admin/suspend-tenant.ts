import { changeTenant } from "../../domain/account/tenant-store.ts";
import { ok } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";
import { TenantBeingDeleted } from "./tenant-being-deleted.ts";

/** Its keys open nothing within a minute; its sessions stay linked, so that resuming it is all it takes. */
export const suspendTenant = ({ db, tenants }: AdminContext) =>
  endpoint(adminRoutes.suspendTenant, async call => {
    const changed = await changeTenant(db, tenants.of(call).id, { status: "suspended" });
    if (changed === undefined) throw new TenantBeingDeleted();
    return ok(changed);
  });
