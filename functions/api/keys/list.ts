import { listApiKeys as readKeys } from "../../../domain/account/api-key-store.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { keyRoutes } from "./routes.ts";

export const listApiKeys = (db: Db<"accounts">) =>
  endpoint(keyRoutes.listApiKeys, async ({ caller, query, cursors }) =>
    ok(await readKeys(db, caller.tenantId, { ...query, cursors })),
  );
