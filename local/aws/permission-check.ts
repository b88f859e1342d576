import type { AwsCall } from "./aws-call.ts";
import { AwsError, accessDenied } from "./aws-error.ts";
import { apigatewayAuthorizations } from "./iam/apigateway-actions.ts";
import type { Authorization, ConditionContext, Partition } from "./iam/authorization.ts";
import { CoveringStatements } from "./iam/covering-statements.ts";
import { dynamodbAuthorizations, type KeyNames } from "./iam/dynamodb-actions.ts";
import { ecsAuthorizations } from "./iam/ecs-actions.ts";
import { type Decision, judge } from "./iam/evaluate.ts";
import { kmsAuthorizations } from "./iam/kms-actions.ts";
import type { PolicyStatement } from "./iam/policy.ts";
import { s3Authorizations } from "./iam/s3-actions.ts";
import { snsAuthorizations } from "./iam/sns-actions.ts";
import { sqsAuthorizations } from "./iam/sqs-actions.ts";
import { ssmAuthorizations } from "./iam/ssm-actions.ts";
import type { Kms } from "./kms.ts";
import type { Logger } from "./logger.ts";

/** One call that a role's policies refused. */
export interface DeniedCall {
  readonly at: Date;
  readonly roleName: string;
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: string;
}

export interface PermissionCheckOptions {
  readonly where: Partition;
  readonly policyOf: (roleName: string) => readonly PolicyStatement[];
  readonly keyNames: KeyNames;
  readonly kms: Kms;
  readonly now: () => number;
  readonly log: Logger;
}

/** Lets a role do what its policies in the template allow, and nothing else, so that a forgotten grant fails here. */
export class PermissionCheck {
  readonly denied: DeniedCall[] = [];
  readonly #options: PermissionCheckOptions;
  readonly #covering = new CoveringStatements();

  constructor(options: PermissionCheckOptions) {
    this.#options = options;
  }

  /** Throws the service's own access denied error. */
  require(call: AwsCall): void {
    if (call.caller.kind === "runner" || call.service === "sts") return;
    const wanted = this.#authorizationsOf(call);
    // A call that names no resource would be allowed by the emptiness of its demands.
    if (wanted.length === 0) throw new AwsError("ValidationException", `${call.operation} names no resource`);
    const { roleName } = call.caller;
    for (const one of wanted) {
      const decision = this.#decide(roleName, one);
      if (!decision.allowed) throw this.#refusal(call.service, roleName, one, decision);
    }
  }

  /** Whether a role may do one thing, without it being recorded as a denial. */
  allows(roleName: string, wanted: Authorization): boolean {
    return this.#decide(roleName, wanted).allowed;
  }

  #decide(roleName: string, wanted: Authorization): Decision {
    const { policyOf, where } = this.#options;
    const statements = this.#covering.of(policyOf(roleName), wanted);
    return judge(statements, () => contextOf(roleName, wanted, where));
  }

  #refusal(service: string, roleName: string, wanted: Authorization, decision: Decision): AwsError {
    const { log, now, where } = this.#options;
    const { action, resource } = wanted;
    const reason = decision.unsupported ?? decision.reason;
    this.denied.push({ at: new Date(now()), roleName, service, action, resource, reason });
    log.warn("aws call denied", { roleName, action, resource, reason });
    return accessDenied(
      service,
      `User: arn:aws:sts::${where.accountId}:assumed-role/${roleName}/local is not authorized to perform: ${action} on resource: ${resource} (${reason})`,
    );
  }

  #authorizationsOf(call: AwsCall): readonly Authorization[] {
    const { where, keyNames, kms } = this.#options;
    const { operation, request, input } = call;
    switch (call.service) {
      case "dynamodb":
        return dynamodbAuthorizations(operation, input(), where, keyNames);
      case "sqs":
        return sqsAuthorizations(operation, input(), where);
      case "sns":
        return snsAuthorizations(operation, new URLSearchParams(request.body.toString()), where);
      case "s3":
        return s3Authorizations(operation, request);
      case "kms":
        return kmsAuthorizations(operation, input(), kms.keyArnOf(input()));
      case "ssm":
        return ssmAuthorizations(operation, input(), where);
      case "apigateway":
        return apigatewayAuthorizations(request, where);
      case "ecs":
        return ecsAuthorizations(operation, input(), where);
      default:
        return [];
    }
  }
}

/** The keys that every request has, and those of this one. Loopback stands for TLS. */
function contextOf(roleName: string, wanted: Authorization, where: Partition): ConditionContext {
  return new Map([
    ["aws:principalarn", [`arn:aws:iam::${where.accountId}:role/${roleName}`]],
    ["aws:principalaccount", [where.accountId]],
    ["aws:principaltype", ["AssumedRole"]],
    ["aws:requestedregion", [where.region]],
    ["aws:resourceaccount", [where.accountId]],
    ["aws:securetransport", ["true"]],
    ...(wanted.context ?? []),
  ]);
}
