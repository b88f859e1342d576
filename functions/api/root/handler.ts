import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { tableNames } from "../../../domain/tables.ts";
import { version } from "../../../domain/version.ts";
import { ok } from "../answer.ts";
import { endpoint, serve } from "../endpoint.ts";
import { RootEnvironment, tablesOfRoot } from "./environment.ts";
import { getDocs } from "./get-docs.ts";
import { docsFiles, getDocsFile } from "./get-docs-file.ts";
import { getOpenApi } from "./get-open-api.ts";
import { rootRoutes } from "./routes.ts";

const environment = parseEnvironment(RootEnvironment, process.env);
const db = openDb(tableNames(tablesOfRoot, environment));

/** Answers what is no resource: health, the documentation, and a 404 for every other path. */
export const handler = serve({
  routes: rootRoutes,
  endpoints: {
    getHealth: endpoint(rootRoutes.getHealth, async () => ok({ status: "ok" as const, version })),
    getOpenApi,
    getDocs,
    getDocsFile,
  },
  finders: { "docs-file": docsFiles },
  now: systemNow,
  log: openLog({ name: "api/root" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
});
