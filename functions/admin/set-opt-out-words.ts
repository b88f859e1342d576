import { changeTenant } from "../../domain/account/tenant-store.ts";
import { ok } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";
import { TenantBeingDeleted } from "./tenant-being-deleted.ts";

export const setOptOutWords = ({ db, tenants }: AdminContext) =>
  endpoint(adminRoutes.setOptOutWords, async call => {
    const changed = await changeTenant(db, tenants.of(call).id, { optOutWords: call.body.words });
    if (changed === undefined) throw new TenantBeingDeleted();
    return ok(changed);
  });
