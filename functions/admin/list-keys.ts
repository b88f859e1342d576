import { listApiKeys } from "../../domain/account/api-key-store.ts";
import { ok } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";

export const listKeys = ({ db }: AdminContext) =>
  endpoint(adminRoutes.listKeys, async ({ query, cursors }) =>
    ok(await listApiKeys(db, query.tenantId, { ...query, cursors })),
  );
