import type { Construct } from "constructs";
import { AuthorizerEnvironment, tablesOfAuthorizer } from "../functions/authorizer/environment.ts";
import type { Tables } from "./data-stack.ts";
import { NodeFunction } from "./node-function.ts";
import { grantTables, tableVariables } from "./table-access.ts";

/** Tells whose API key a request carries. */
export function authorizerFunction(scope: Construct, tables: Tables) {
  const authorizer = new NodeFunction(scope, "Authorizer", {
    folder: "authorizer",
    schema: AuthorizerEnvironment,
    environment: tableVariables(tables, tablesOfAuthorizer),
    timeoutSeconds: 5,
    errorImpact: "every request of every customer is refused",
  });
  // It notes when a key was last used.
  grantTables(authorizer, tables, tablesOfAuthorizer, { accounts: { items: ["GetItem", "UpdateItem"] } });
  return authorizer;
}
