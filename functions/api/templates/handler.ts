import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { tableNames } from "../../../domain/tables.ts";
import { serve } from "../endpoint.ts";
import { templateFinder } from "../template-finder.ts";
import { uploadFinder } from "../upload-finder.ts";
import { createTemplate } from "./create.ts";
import { deleteTemplate } from "./delete.ts";
import { TemplatesEnvironment, tablesOfTemplates } from "./environment.ts";
import { getTemplate } from "./get.ts";
import { listTemplates } from "./list.ts";
import { replaceTemplate } from "./replace.ts";
import { templateRoutesUnder } from "./routes.ts";

const environment = parseEnvironment(TemplatesEnvironment, process.env);
const db = openDb(tableNames(tablesOfTemplates, environment));
const templates = templateFinder(db);
const routes = templateRoutesUnder({ allowLoopback: environment.ALLOW_LOOPBACK_MEDIA });

export const handler = serve({
  routes,
  endpoints: {
    createTemplate: createTemplate(routes, db),
    listTemplates: listTemplates(db),
    getTemplate: getTemplate(templates),
    replaceTemplate: replaceTemplate(routes, db, templates),
    deleteTemplate: deleteTemplate(db, templates),
  },
  finders: { template: templates, upload: uploadFinder(db) },
  now: systemNow,
  log: openLog({ name: "api/templates" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN))),
});
