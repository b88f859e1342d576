import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { Db } from "../../domain/dynamodb/db.ts";
import { readLeases } from "../../domain/lease/store.ts";
import type { Log } from "../../domain/log.ts";
import type { Measure } from "../../domain/metrics/metric.ts";
import { desiredHosts, type ScalingRules } from "./desired-hosts.ts";

export interface Scaling {
  readonly db: Db<"leases">;
  readonly ecs: Pick<ECSClient, "send">;
  readonly shardCount: number;
  readonly cluster: string;
  readonly service: string;
  readonly rules: ScalingRules;
  readonly measure: Measure;
  readonly log: Log;
}

/** The service whose hosts are counted is not there. */
class ServiceMissing extends Error {
  override readonly name = "ServiceMissing";
  readonly code = "service_missing";
}

/** Counts the sessions and the load of all hosts, and sets the service's desired count where it should be another. */
export async function scale(deps: Scaling): Promise<number> {
  const { db, ecs, cluster, service, log } = deps;
  const [{ hosts, leases }, described] = await Promise.all([
    readLeases(db, deps.shardCount),
    ecs.send(new DescribeServicesCommand({ cluster, services: [service] })),
  ]);
  const found = described.services?.[0];
  if (found === undefined) throw new ServiceMissing(`there is no service ${service} in cluster ${cluster}`);
  const { desiredCount: desired = 0, runningCount: running = 0 } = found;
  const wanted = desiredHosts({ hosts, leases, desired, running }, deps.rules);
  deps.measure({ metric: "HostsDesired", value: wanted });
  if (wanted === desired) return desired;
  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: wanted }));
  const sessions = hosts.reduce((sum, host) => sum + host.sessions, 0);
  const waiting = hosts.reduce((sum, host) => sum + host.waiting, 0);
  log.info("hosts scaled", { from: desired, to: wanted, running, sessions, waiting });
  return wanted;
}
