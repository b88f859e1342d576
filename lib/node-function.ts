import { Duration, RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type * as z from "zod";
import { functionsDir, handlerOf } from "./bundled-code.ts";
import { ImpactAlarm } from "./impact-alarm.ts";

/** The variables a schema reads, as the template sets them: strings, each required where the schema requires it. */
type EnvironmentOf<S extends z.ZodObject> = { readonly [K in keyof z.input<S>]: string };

export interface NodeFunctionProps<S extends z.ZodObject> {
  /** The folder under functions/ whose handler.ts it runs: `api/sessions`. */
  readonly folder: string;
  /** The schema the handler parses its environment with: a variable missing from `environment` does not compile. */
  readonly schema: S;
  readonly environment: EnvironmentOf<S>;
  readonly timeoutSeconds: number;
  readonly memoryMb?: number;
  /** Who is hurt when it fails, in words. */
  readonly errorImpact: string;
}

/**
 * A function of ours: Node 24 on arm64, its own log group and a role that may write that log and nothing else until
 * something is granted.
 */
export class NodeFunction<S extends z.ZodObject> extends Construct implements iam.IGrantable {
  readonly lambda: lambda.Function;
  readonly schema: S;
  readonly timeoutSeconds: number;
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: NodeFunctionProps<S>) {
    super(scope, id);
    this.schema = props.schema;
    this.timeoutSeconds = props.timeoutSeconds;
    const logGroup = new logs.LogGroup(this, "Log", {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    this.grantPrincipal = role.grantPrincipal;
    this.lambda = new lambda.Function(this, "Function", {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(functionsDir),
      handler: handlerOf(props.folder),
      environment: { ...props.environment },
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb ?? 512,
      tracing: lambda.Tracing.DISABLED,
      logGroup,
      role,
    });
    new ImpactAlarm(this, "Failing", {
      runbook: "function-failing",
      errorImpact: props.errorImpact,
      because: `functions/${props.folder} failed or ran out of time`,
      metric: this.lambda.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
    });
  }
}
