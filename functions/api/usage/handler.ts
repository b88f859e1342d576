import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { tableNames } from "../../../domain/tables.ts";
import { serve } from "../endpoint.ts";
import { tablesOfUsage, UsageEnvironment } from "./environment.ts";
import { getUsage } from "./get.ts";
import { usageRoutes } from "./routes.ts";

const environment = parseEnvironment(UsageEnvironment, process.env);
const db = openDb(tableNames(tablesOfUsage, environment));

export const handler = serve({
  routes: usageRoutes,
  endpoints: { getUsage: getUsage(db) },
  finders: {},
  now: systemNow,
  log: openLog({ name: "api/usage" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
});
