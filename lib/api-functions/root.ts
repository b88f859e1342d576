import type { Construct } from "constructs";
import { RootEnvironment, tablesOfRoot } from "../../functions/api/root/environment.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting } from "./backing.ts";

/** /health, and a proper answer where nothing is. */
export function rootFunction(scope: Construct, { data: { tables } }: Backing) {
  const root = new NodeFunction(scope, "Root", {
    folder: "api/root",
    schema: RootEnvironment,
    environment: tableVariables(tables, tablesOfRoot),
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "health checks fail, and unknown paths get no proper answer",
  });
  grantTables(root, tables, tablesOfRoot, { rate_windows: counting });
  return root;
}
