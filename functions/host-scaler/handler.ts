import { ECSClient } from "@aws-sdk/client-ecs";
import type { ScheduledHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { openLog } from "../../domain/log.ts";
import { EmfMetrics } from "../../domain/metrics/emf.ts";
import { tableNames } from "../../domain/tables.ts";
import { HostScalerEnvironment, tablesOfHostScaler } from "./environment.ts";
import { scale } from "./scale.ts";

const environment = parseEnvironment(HostScalerEnvironment, process.env);
const log = openLog({ name: "host-scaler" });
const metrics = new EmfMetrics({ log, now: systemNow, namespace: environment.METRICS_NAMESPACE });
const deps = {
  db: openDb(tableNames(tablesOfHostScaler, environment)),
  ecs: new ECSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 5_000 } }),
  shardCount: environment.SHARD_COUNT,
  cluster: environment.ECS_CLUSTER,
  service: environment.ECS_SERVICE,
  rules: {
    hostsMin: environment.HOSTS_MIN,
    hostsMax: environment.HOSTS_MAX,
    sessionsPerHost: environment.SESSIONS_PER_HOST,
    loadMax: environment.HOST_LOAD_MAX,
  },
  measure: metrics.measure,
  log,
};

/** Every minute: as many socket hosts as the sessions ask for. */
export const handler: ScheduledHandler = async () => {
  await scale(deps);
  metrics.flush();
};
