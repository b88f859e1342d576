import type { Construct } from "constructs";
import { tablesOfUsage, UsageEnvironment } from "../../functions/api/usage/environment.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing } from "./backing.ts";

/** /api/usage. */
export function usageFunction(scope: Construct, { data: { tables } }: Backing) {
  const usage = new NodeFunction(scope, "Usage", {
    folder: "api/usage",
    schema: UsageEnvironment,
    environment: tableVariables(tables, tablesOfUsage),
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot see what they have used",
  });
  grantTables(usage, tables, tablesOfUsage, {
    // Beside counting like all the others, it reads the month's count.
    rate_windows: { items: ["UpdateItem", "GetItem"] },
    sessions: { items: ["GetItem"] },
    usage: { items: ["Query"] },
  });
  return usage;
}
