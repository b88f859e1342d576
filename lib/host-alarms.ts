import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as ecs from "aws-cdk-lib/aws-ecs";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { ImpactAlarm } from "./impact-alarm.ts";
import { ownMetrics } from "./own-metrics.ts";

export interface WatchedHosts {
  readonly cluster: ecs.Cluster;
  readonly service: ecs.FargateService;
  readonly log: logs.LogGroup;
  /** Where the installation's own metrics are. */
  readonly namespace: string;
}

/** Rings where no host runs, and where one says that somebody must act: an error line of its log means that. */
export function watchHosts(scope: Construct, { cluster, service, log, namespace }: WatchedHosts): void {
  new ImpactAlarm(scope, "NoneRunning", {
    runbook: "no-host-running",
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
    metricNamespace: namespace,
    metricName: "SocketHostErrors",
    metricValue: "1",
  });
  new ImpactAlarm(scope, "Failing", {
    runbook: "host-logs-errors",
    errorImpact: "some sessions do not send or receive",
    because: "a socket host logged an error",
    metric: errors.metric({ statistic: "sum", period: Duration.minutes(5) }),
    threshold: 1,
  });
  watchSessions(scope, namespace);
}

/** Rings by what the hosts say of the sessions they hold. */
function watchSessions(scope: Construct, namespace: string): void {
  const own = ownMetrics(namespace);
  new ImpactAlarm(scope, "WithoutRoom", {
    runbook: "sessions-without-room",
    errorImpact: "some sessions are not connected",
    because: "socket hosts are full and no other took their sessions for ten minutes",
    metric: own("SessionsWaitingForRoom", { statistic: "max" }),
    threshold: 1,
    periods: 10,
  });
  new ImpactAlarm(scope, "ShardsLost", {
    runbook: "shards-lost",
    errorImpact: "sessions reconnect again and again",
    because: "socket hosts lost shards that they had not given away, for a quarter of an hour",
    metric: own("ShardsLost", { statistic: "sum", minutes: 5 }),
    threshold: 1,
    periods: 3,
  });
  new ImpactAlarm(scope, "CommandsWait", {
    runbook: "commands-wait",
    errorImpact: "messages of connected sessions do not leave",
    because: "the oldest command of a connected session has waited for a quarter of an hour",
    metric: own("OldestCommand", { statistic: "max" }),
    threshold: 900,
    periods: 5,
  });
  new ImpactAlarm(scope, "Unacknowledged", {
    runbook: "sends-unacknowledged",
    errorImpact: "messages reach phones late or not at all",
    because: "WhatsApp acknowledged dozens of messages too late or not at all",
    metric: own("Sends", { of: "silent", statistic: "sum", minutes: 5 }),
    threshold: 50,
  });
  new ImpactAlarm(scope, "ClientOutdated", {
    runbook: "client-outdated",
    errorImpact: "sessions cannot connect",
    because: "WhatsApp refused the WhatsApp Web version as outdated",
    metric: own("Disconnects", { of: "client_outdated", statistic: "sum", minutes: 5 }),
    threshold: 1,
  });
  new ImpactAlarm(scope, "Banned", {
    runbook: "numbers-banned",
    errorImpact: "customers lose their numbers",
    because: "WhatsApp banned five numbers within an hour",
    metric: own("Disconnects", { of: "banned", statistic: "sum", minutes: 60 }),
    threshold: 5,
  });
  new ImpactAlarm(scope, "EventsLate", {
    runbook: "events-late",
    errorImpact: "customers' endpoints get events late",
    because: "one event in a hundred was published more than half a minute after it happened",
    metric: own("EventLag", { statistic: "p99", minutes: 5 }),
    threshold: 30_000,
    periods: 3,
  });
}
