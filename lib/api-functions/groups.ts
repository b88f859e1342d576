import type { Construct } from "constructs";
import { GroupsEnvironment, tablesOfGroups } from "../../functions/api/groups/environment.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting } from "./backing.ts";

/** /api/groups. */
export function groupsFunction(scope: Construct, { data: { tables } }: Backing) {
  const groups = new NodeFunction(scope, "Groups", {
    folder: "api/groups",
    schema: GroupsEnvironment,
    environment: tableVariables(tables, tablesOfGroups),
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot see their groups",
  });
  grantTables(groups, tables, tablesOfGroups, {
    rate_windows: counting,
    sessions: { items: ["GetItem"] },
    chats: { items: ["GetItem", "Query"] },
  });
  return groups;
}
