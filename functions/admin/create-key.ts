import { hashOfApiKey, newApiKeyText, type StoredApiKey } from "../../domain/account/api-key.ts";
import { storeApiKey } from "../../domain/account/api-key-store.ts";
import { noteGatewayKey } from "../../domain/account/tenant-store.ts";
import { isoTime } from "../../domain/clock.ts";
import { ValidationFailed } from "../../domain/error.ts";
import { created } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";

export const createKey = ({ db, gatewayKeys, tenants }: AdminContext) =>
  endpoint(adminRoutes.createKey, async call => {
    const { body, nowMs } = call;
    const tenant = tenants.of(call);
    const expiresAt = body.expiresAt == null ? null : isoTime(Date.parse(body.expiresAt));
    if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) {
      throw new ValidationFailed([{ path: "body.expiresAt", message: "must be in the future" }]);
    }
    if (tenant.gatewayKeyId === null) await noteGatewayKey(db, tenant.id, await gatewayKeys.ensure(tenant));
    const id = call.newId("key");
    const key = newApiKeyText(id, "live");
    const stored: StoredApiKey = {
      id,
      tenantId: tenant.id,
      label: body.label ?? null,
      mode: "live",
      status: "active",
      createdAt: isoTime(nowMs),
      expiresAt,
      revokedAt: null,
      hash: hashOfApiKey(key),
    };
    await storeApiKey(db, stored);
    return created({ ...stored, key });
  });
