import type { StoredTenant } from "../../domain/account/tenant.ts";
import { changeTenant, findTenant } from "../../domain/account/tenant-store.ts";
import { isoTime } from "../../domain/clock.ts";
import { NotFound } from "../../domain/error.ts";
import { accepted } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";

/** Asking again starts a deletion again that got lost; two of the same tenant do each other no harm. */
export const deleteTenant = ({ db, tenants, deletions }: AdminContext) =>
  endpoint(adminRoutes.deleteTenant, async call => {
    const { id } = tenants.of(call);
    const begun = await changeTenant(db, id, { status: "deleting", deletingSince: isoTime(call.nowMs) });
    const tenant: StoredTenant | undefined = begun ?? (await findTenant(db, id));
    if (tenant === undefined) throw new NotFound();
    await deletions.send({ tenantId: id, erasing: null }, 0);
    return accepted(tenant);
  });
