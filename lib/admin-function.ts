import { Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { AdminEnvironment, tablesOfAdmin } from "../functions/admin/environment.ts";
import type { Tables } from "./data-stack.ts";
import { NodeFunction } from "./node-function.ts";
import { grantTables, tableVariables } from "./table-access.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface AdminFunctionProps {
  readonly tables: Tables;
  readonly usagePlanPrefix: string;
  readonly deletions: WorkQueue;
}

/** What the operator's command line calls: tenants, their keys, and each tenant's key at the gateway. */
export function adminFunction(scope: Construct, { tables, usagePlanPrefix, deletions }: AdminFunctionProps) {
  const admin = new NodeFunction(scope, "Admin", {
    folder: "admin",
    schema: AdminEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfAdmin),
      USAGE_PLAN_PREFIX: usagePlanPrefix,
      TENANT_DELETION_QUEUE_URL: deletions.queue.queueUrl,
    },
    timeoutSeconds: 20,
    errorImpact: "the operator cannot make tenants or keys",
  });
  grantTables(admin, tables, tablesOfAdmin, {
    accounts: { items: ["GetItem", "PutItem", "UpdateItem"], indexes: ["byOwner"] },
    // How long messages are kept stands with each session too.
    sessions: { items: ["Query", "UpdateItem"] },
  });
  deletions.grantSend(admin);
  grantGatewayKeys(admin, Stack.of(scope));
  return admin;
}

/** It finds usage plans by their names, makes each tenant a key in its plan and moves it when the plan changes. */
function grantGatewayKeys(admin: NodeFunction<typeof AdminEnvironment>, { partition, region }: Stack): void {
  const at = (path: string) => `arn:${partition}:apigateway:${region}::${path}`;
  const allow = (actions: string[], paths: string[]) =>
    admin.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: actions.map(verb => `apigateway:${verb}`), resources: paths.map(at) }),
    );
  allow(["GET"], ["/apikeys", "/usageplans"]);
  allow(["POST"], ["/apikeys", "/usageplans/*/keys"]);
  allow(["DELETE"], ["/usageplans/*/keys/*"]);
  const reason = "A usage plan's id exists only when it is deployed; the function can move keys between plans alone.";
  for (const keys of ["keys", "keys/*"]) {
    const id = `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:apigateway:<AWS::Region>::/usageplans/*/${keys}]`;
    Validations.of(admin).acknowledge({ id, reason });
  }
}
