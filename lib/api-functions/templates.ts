import type { Construct } from "constructs";
import { TemplatesEnvironment, tablesOfTemplates } from "../../functions/api/templates/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting, keepingAnswers } from "./backing.ts";

/** /api/templates. */
export function templatesFunction(scope: Construct, { data: { tables, encryptionKey } }: Backing) {
  const templates = new NodeFunction(scope, "Templates", {
    folder: "api/templates",
    schema: TemplatesEnvironment,
    environment: { ...tableVariables(tables, tablesOfTemplates), ENCRYPTION_KEY_ARN: encryptionKey.keyArn },
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot see or change their templates",
  });
  grantTables(templates, tables, tablesOfTemplates, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    templates: { items: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] },
    media: { items: ["GetItem"] },
  });
  grantSealing(templates, encryptionKey, [sealing.keptAnswers]);
  return templates;
}
