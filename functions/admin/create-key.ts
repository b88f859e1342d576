import { storeApiKey } from "../../domain/account/api-key-store.ts";
import { newApiKey } from "../../domain/account/new-api-key.ts";
import { noteGatewayKey } from "../../domain/account/tenant-store.ts";
import { created } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";
import { TenantBeingDeleted } from "./tenant-being-deleted.ts";

export const createKey = ({ db, gatewayKeys, tenants }: AdminContext) =>
  endpoint(adminRoutes.createKey, async call => {
    const tenant = tenants.of(call);
    if (tenant.status === "deleting") throw new TenantBeingDeleted();
    const { label, expiresAt } = call.body;
    const { stored, key } = newApiKey({ id: call.newId("key"), tenantId: tenant.id }, { label, expiresAt }, call.nowMs);
    if (tenant.gatewayKeyId === null) await noteGatewayKey(db, tenant.id, await gatewayKeys.ensure(tenant));
    await storeApiKey(db, stored);
    return created({ ...stored, key });
  });
