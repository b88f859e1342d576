import { listTenants as readTenants } from "../../domain/account/tenant-store.ts";
import { ok } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";

export const listTenants = ({ db }: AdminContext) =>
  endpoint(adminRoutes.listTenants, async ({ query, cursors }) => ok(await readTenants(db, { ...query, cursors })));
