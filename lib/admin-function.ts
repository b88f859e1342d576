import { Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { AdminEnvironment, tablesOfAdmin } from "../functions/admin/environment.ts";
import type { Tables } from "./data-stack.ts";
import { NodeFunction } from "./node-function.ts";
import { grantTables, tableVariables } from "./table-access.ts";

export interface AdminFunctionProps {
  readonly tables: Tables;
  readonly usagePlanPrefix: string;
}

/** What the operator's command line calls: tenants, their keys, and each tenant's key at the gateway. */
export function adminFunction(scope: Construct, { tables, usagePlanPrefix }: AdminFunctionProps) {
  const admin = new NodeFunction(scope, "Admin", {
    folder: "admin",
    schema: AdminEnvironment,
    environment: { ...tableVariables(tables, tablesOfAdmin), USAGE_PLAN_PREFIX: usagePlanPrefix },
    timeoutSeconds: 20,
    errorImpact: "the operator cannot make tenants or keys",
  });
  grantTables(admin, tables, tablesOfAdmin, {
    accounts: { items: ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"], indexes: ["byOwner"] },
  });
  grantGatewayKeys(admin, Stack.of(scope));
  return admin;
}

/** Gateway keys and usage plans are named by ids that AWS makes up at run time, so their paths are patterns. */
function grantGatewayKeys(admin: NodeFunction<typeof AdminEnvironment>, { partition, region }: Stack): void {
  const at = (path: string) => `arn:${partition}:apigateway:${region}::${path}`;
  const allow = (actions: string[], paths: string[]) =>
    admin.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: actions.map(verb => `apigateway:${verb}`), resources: paths.map(at) }),
    );
  allow(["GET"], ["/apikeys", "/apikeys/*", "/usageplans", "/usageplans/*/keys"]);
  allow(["POST"], ["/apikeys", "/usageplans/*/keys"]);
  allow(["DELETE"], ["/usageplans/*/keys/*"]);
  Validations.of(admin).acknowledge({
    id: "AwsSolutions-IAM5",
    reason:
      "The ids of gateway keys and usage plans exist only at run time; the function reaches nothing else of API Gateway.",
  });
}
