import { Duration } from "aws-cdk-lib";
import type * as ecs from "aws-cdk-lib/aws-ecs";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { HostScalerEnvironment, tablesOfHostScaler } from "../functions/host-scaler/environment.ts";
import type { DataStack } from "./data-stack.ts";
import { NodeFunction } from "./node-function.ts";
import { metricsNamespace, type Settings } from "./settings.ts";
import { grantTables, tableVariables } from "./table-access.ts";

export interface ScaledHosts {
  readonly data: DataStack;
  readonly settings: Settings;
  readonly cluster: ecs.Cluster;
  readonly service: ecs.FargateService;
}

/** Percent of the one processor a host has. */
const loadMax = 60;

/** Sets how many socket hosts run, every minute, by the sessions and the load they tell of. */
export function scaleHosts(scope: Construct, { data, settings, cluster, service }: ScaledHosts): void {
  const scaler = new NodeFunction(scope, "Scaler", {
    folder: "host-scaler",
    schema: HostScalerEnvironment,
    environment: {
      ...tableVariables(data.tables, tablesOfHostScaler),
      METRICS_NAMESPACE: metricsNamespace(settings),
      SHARD_COUNT: String(settings.shardCount),
      ECS_CLUSTER: cluster.clusterName,
      ECS_SERVICE: service.serviceName,
      HOSTS_MIN: String(settings.hostsMin),
      HOSTS_MAX: String(settings.hostsMax),
      SESSIONS_PER_HOST: String(settings.sessionsPerHost),
      HOST_LOAD_MAX: String(loadMax),
    },
    timeoutSeconds: 30,
    errorImpact: "new sessions may find no host with room for them",
  });
  grantTables(scaler, data.tables, tablesOfHostScaler, { leases: { items: ["Query"] } });
  scaler.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ["ecs:DescribeServices", "ecs:UpdateService"],
      resources: [service.serviceArn],
    }),
  );
  // The next minute repeats it anyway.
  const target = new targets.LambdaFunction(scaler.lambda, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  new events.Rule(scope, "Scale", { schedule: events.Schedule.rate(Duration.minutes(1)), targets: [target] });
}
