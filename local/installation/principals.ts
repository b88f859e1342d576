import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { AssemblyError } from "../assembly/assembly-error.ts";
import { stableId } from "../assembly/place.ts";
import type { Caller } from "../aws/aws-call.ts";
import { PolicyStatement } from "../aws/iam/policy.ts";

const Document = z.object({ Statement: z.union([PolicyStatement.transform(one => [one]), z.array(PolicyStatement)]) });
const RoleProperties = z.object({
  Policies: z.array(z.object({ PolicyDocument: Document })).default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
});
const PolicyProperties = z.object({ PolicyDocument: Document, Roles: z.array(z.string()).default([]) });

// AWS's managed policies that grant only what is not emulated here: writing logs, pulling images.
const managedWithoutEffect = new Set([
  "service-role/AWSLambdaBasicExecutionRole",
  "service-role/AWSLambdaVPCAccessExecutionRole",
  "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
  "service-role/AmazonECSTaskExecutionRolePolicy",
]);

const operatorRole = "local-operator";
const runnerAccessKeyId = "LKIARUNNER0000000000";
const operatorAccessKeyId = "LKIAOPERATOR00000000";

/** Everybody who may sign a request here: the roles of the template, the operator, and the runner itself. */
export class LocalPrincipals {
  readonly runnerAccessKeyId = runnerAccessKeyId;
  readonly operatorAccessKeyId = operatorAccessKeyId;
  readonly #roleByAccessKey = new Map<string, string>([[operatorAccessKeyId, operatorRole]]);
  readonly #statements = new Map<string, PolicyStatement[]>();

  constructor(assembly: Assembly) {
    // The operator of a local installation is what an administrator is on AWS.
    this.#statements.set(operatorRole, [{ Effect: "Allow", Action: ["*"], Resource: ["*"] }]);
    for (const role of assembly.ofType("AWS::IAM::Role")) this.#addRole(assembly, role);
    for (const type of ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"]) {
      for (const policy of assembly.ofType(type)) {
        const { PolicyDocument, Roles } = parse(PolicyProperties, policy);
        for (const roleName of Roles) this.#grant(roleName, PolicyDocument.Statement);
      }
    }
  }

  accessKeyOf(roleName: string): string {
    return `LKIA${stableId(roleName, 16).toUpperCase()}`;
  }

  callerOf(accessKeyId: string): Caller | undefined {
    if (accessKeyId === runnerAccessKeyId) return { kind: "runner" };
    const roleName = this.#roleByAccessKey.get(accessKeyId);
    return roleName === undefined ? undefined : { kind: "role", roleName };
  }

  policyOf(roleName: string): readonly PolicyStatement[] {
    return this.#statements.get(roleName) ?? [];
  }

  #addRole(assembly: Assembly, role: AssemblyResource): void {
    const roleName = role.identity.ref;
    this.#roleByAccessKey.set(this.accessKeyOf(roleName), roleName);
    const { Policies, ManagedPolicyArns } = parse(RoleProperties, role);
    for (const { PolicyDocument } of Policies) this.#grant(roleName, PolicyDocument.Statement);
    for (const arn of ManagedPolicyArns) this.#grant(roleName, managedStatements(assembly, role, arn));
  }

  #grant(roleName: string, statements: readonly PolicyStatement[]): void {
    this.#statements.set(roleName, [...(this.#statements.get(roleName) ?? []), ...statements]);
  }
}

function managedStatements(assembly: Assembly, role: AssemblyResource, arn: string): readonly PolicyStatement[] {
  const byAws = /^arn:aws:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  if (byAws !== undefined && managedWithoutEffect.has(byAws)) return [];
  const own = assembly.find("AWS::IAM::ManagedPolicy", arn);
  if (own === undefined) {
    throw new AssemblyError(`${role.stack}/${role.logicalId} has a managed policy that is not known here: ${arn}`);
  }
  return parse(PolicyProperties, own).PolicyDocument.Statement;
}

function parse<Schema extends z.ZodType>(schema: Schema, resource: AssemblyResource): z.infer<Schema> {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const reason = z.prettifyError(parsed.error);
  throw new AssemblyError(`${resource.stack}/${resource.logicalId} cannot be understood: ${reason}`);
}
