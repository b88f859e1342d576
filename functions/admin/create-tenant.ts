import { newTenant } from "../../domain/account/tenant.ts";
import { nextGatewayKeyOrdinal, noteGatewayKey, storeTenant } from "../../domain/account/tenant-store.ts";
import { created } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";

/**
 * The tenant's row first, its gateway key after: a tenant that a crash leaves without one has no API key either, and
 * making its first one makes up for it.
 */
export const createTenant = ({ db, gatewayKeys, installation }: AdminContext) =>
  endpoint(adminRoutes.createTenant, async ({ body, nowMs }) => {
    const tenant = newTenant(body, await nextGatewayKeyOrdinal(db), installation, nowMs);
    await storeTenant(db, tenant);
    await noteGatewayKey(db, tenant.id, await gatewayKeys.ensure(tenant));
    return created(tenant);
  });
