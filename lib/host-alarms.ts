import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as ecs from "aws-cdk-lib/aws-ecs";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { ImpactAlarm } from "./impact-alarm.ts";

export interface WatchedHosts {
  readonly cluster: ecs.Cluster;
  readonly service: ecs.FargateService;
  readonly log: logs.LogGroup;
}

/** Rings where no host runs, and where one says that somebody must act: an error line of its log means that. */
export function watchHosts(scope: Construct, { cluster, service, log }: WatchedHosts): void {
  new ImpactAlarm(scope, "NoneRunning", {
    errorImpact: "no session is connected to WhatsApp",
    because: "no socket host is running",
    metric: new cloudwatch.Metric({
      namespace: "ECS/ContainerInsights",
      metricName: "RunningTaskCount",
      dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: service.serviceName },
      statistic: "min",
      period: Duration.minutes(1),
    }),
    threshold: 1,
    comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    periods: 3,
    missingData: cloudwatch.TreatMissingData.BREACHING,
  });
  const errors = log.addMetricFilter("Errors", {
    filterPattern: logs.FilterPattern.stringValue("$.level", "=", "error"),
    metricNamespace: "WASaaS",
    metricName: "SocketHostErrors",
    metricValue: "1",
  });
  new ImpactAlarm(scope, "Failing", {
    errorImpact: "some sessions do not send or receive",
    because: "a socket host logged an error",
    metric: errors.metric({ statistic: "sum", period: Duration.minutes(5) }),
    threshold: 1,
  });
}
