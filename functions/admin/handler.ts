import { findApiKey } from "../../domain/account/api-key-store.ts";
import { sqsDeletionQueue } from "../../domain/account/tenant-deletion.ts";
import { findTenant } from "../../domain/account/tenant-store.ts";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { idOf } from "../../domain/id.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { serve } from "../api/endpoint.ts";
import { finder } from "../api/finder.ts";
import type { AdminContext } from "./context.ts";
import { createKey } from "./create-key.ts";
import { createTenant } from "./create-tenant.ts";
import { deleteTenant } from "./delete-tenant.ts";
import { AdminEnvironment, tablesOfAdmin } from "./environment.ts";
import { gatewayKeys } from "./gateway-keys.ts";
import { listKeys } from "./list-keys.ts";
import { listTenants } from "./list-tenants.ts";
import { resumeTenant } from "./resume-tenant.ts";
import { revokeKey } from "./revoke-key.ts";
import { adminRoutes } from "./routes.ts";
import { setOptOutWords } from "./set-opt-out-words.ts";
import { setPlan } from "./set-plan.ts";
import { suspendTenant } from "./suspend-tenant.ts";

const environment = parseEnvironment(AdminEnvironment, process.env);
const db = openDb(tableNames(tablesOfAdmin, environment));
// An operator is no tenant: what the gateway let through may name any.
const tenants = finder(async (_operator, [id = ""]) =>
  idOf("ten").safeParse(id).success ? findTenant(db, id) : undefined,
);
const keys = finder(async (_operator, [id = ""]) =>
  idOf("key").safeParse(id).success ? findApiKey(db, id) : undefined,
);

const context: AdminContext = {
  db,
  gatewayKeys: gatewayKeys(environment.USAGE_PLAN_PREFIX),
  installation: environment.USAGE_PLAN_PREFIX,
  tenants,
  deletions: sqsDeletionQueue(environment.TENANT_DELETION_QUEUE_URL),
};

export const handler = serve({
  routes: adminRoutes,
  endpoints: {
    createTenant: createTenant(context),
    listTenants: listTenants(context),
    setPlan: setPlan(context),
    setOptOutWords: setOptOutWords(context),
    suspendTenant: suspendTenant(context),
    resumeTenant: resumeTenant(context),
    deleteTenant: deleteTenant(context),
    createKey: createKey(context),
    listKeys: listKeys(context),
    revokeKey: revokeKey(context),
  },
  finders: { tenant: tenants, key: keys },
  now: systemNow,
  log: openLog({ name: "admin" }),
});
