import { findApiKey } from "../../../domain/account/api-key-store.ts";
import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { idOf } from "../../../domain/id.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { tableNames } from "../../../domain/tables.ts";
import { serve } from "../endpoint.ts";
import { finder } from "../finder.ts";
import { createApiKey } from "./create.ts";
import { KeysEnvironment, tablesOfKeys } from "./environment.ts";
import { listApiKeys } from "./list.ts";
import { revokeApiKey } from "./revoke.ts";
import { keyRoutes } from "./routes.ts";

const environment = parseEnvironment(KeysEnvironment, process.env);
const db = openDb(tableNames(tablesOfKeys, environment));

// Keys are found by their id alone, before a tenant is known: whose it is, is asked here.
const keys = finder(async (tenantId, [id = ""]) => {
  const found = idOf("key").safeParse(id).success ? await findApiKey(db, id) : undefined;
  return found?.tenantId === tenantId ? found : undefined;
});

export const handler = serve({
  routes: keyRoutes,
  endpoints: {
    createApiKey: createApiKey(db),
    listApiKeys: listApiKeys(db),
    revokeApiKey: revokeApiKey(db, keys),
  },
  finders: { key: keys },
  now: systemNow,
  log: openLog({ name: "api/keys" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN))),
});
