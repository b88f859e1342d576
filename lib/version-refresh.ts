import { Duration, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as ssm from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { WhatsAppVersionEnvironment } from "../functions/whatsapp-version/environment.ts";
import { ImpactAlarm } from "./impact-alarm.ts";
import { NodeFunction } from "./node-function.ts";
import { ownMetrics } from "./own-metrics.ts";
import { metricsNamespace, type Settings } from "./settings.ts";

const aDaySeconds = 86_400;

/** Keeps the parameter of the WhatsApp Web version fresh, every hour, and rings where it gets old. */
export class VersionRefresh extends Construct {
  private readonly parameter: ssm.StringParameter;

  constructor(scope: Construct, id: string, settings: Settings, parameter: ssm.StringParameter) {
    super(scope, id);
    this.parameter = parameter;
    this.refreshHourly(settings);
    this.watchAge(settings);
  }

  private refreshHourly(settings: Settings): void {
    const refresher = new NodeFunction(this, "Refresher", {
      folder: "whatsapp-version",
      schema: WhatsAppVersionEnvironment.omit({ WHATSAPP_VERSION_URL: true }),
      environment: {
        METRICS_NAMESPACE: metricsNamespace(settings),
        WHATSAPP_VERSION_PARAMETER: this.parameter.parameterName,
      },
      timeoutSeconds: 30,
      errorImpact: "sessions cannot connect once WhatsApp retires the version of WhatsApp Web that they claim",
    });
    refresher.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["ssm:GetParameter", "ssm:PutParameter"],
        resources: [Stack.of(this).formatArn({ service: "ssm", resource: `parameter${this.parameter.parameterName}` })],
      }),
    );
    // The next hour repeats it anyway.
    const target = new targets.LambdaFunction(refresher.lambda, {
      retryAttempts: 1,
      maxEventAge: Duration.minutes(10),
    });
    new events.Rule(this, "Refresh", { schedule: events.Schedule.rate(Duration.hours(1)), targets: [target] });
  }

  private watchAge(settings: Settings): void {
    new ImpactAlarm(this, "Old", {
      runbook: "whatsapp-version-old",
      errorImpact: "phones soon cannot be linked, and later no session can connect",
      because: "the WhatsApp Web version that socket hosts claim was not confirmed for a day",
      metric: ownMetrics(metricsNamespace(settings))("WhatsAppVersionAge", { statistic: "max", minutes: 60 }),
      threshold: aDaySeconds,
      comparison: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    });
  }
}
