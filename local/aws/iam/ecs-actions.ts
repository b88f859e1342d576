import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import type { Authorization, Partition } from "./authorization.ts";

const Input = z.object({
  cluster: z.string().default("default"),
  service: z.string().optional(),
  serviceName: z.string().optional(),
  services: z.array(z.string()).optional(),
  tasks: z.array(z.string()).optional(),
});

/** The last part of a name or an ARN. */
export function lastPart(nameOrArn: string): string {
  return nameOrArn.split("/").at(-1) ?? nameOrArn;
}

/** What an ECS call needs, service by service or task by task (service authorization reference, ECS). */
export function ecsAuthorizations(operation: string, input: JsonObject, where: Partition): readonly Authorization[] {
  const { cluster, service, serviceName, services, tasks } = Input.parse(input);
  const base = `arn:aws:ecs:${where.region}:${where.accountId}`;
  const clusterName = lastPart(cluster);
  const context = new Map([["ecs:cluster", [`${base}:cluster/${clusterName}`]]]);
  const action = `ecs:${operation}`;
  // ListTasks by service has no resource of its own, only the cluster as a condition.
  if (operation === "ListTasks") {
    const ofService = serviceName === undefined ? undefined : `${base}:service/${clusterName}/${lastPart(serviceName)}`;
    if (ofService !== undefined) context.set("ecs:service", [ofService]);
    return [{ action, resource: "*", context }];
  }
  const named = services ?? (service === undefined ? undefined : [service]);
  if (named !== undefined) {
    return named.map(one => ({ action, resource: `${base}:service/${clusterName}/${lastPart(one)}`, context }));
  }
  if (tasks !== undefined && tasks.length > 0) {
    return tasks.map(one => ({ action, resource: `${base}:task/${clusterName}/${lastPart(one)}`, context }));
  }
  return [{ action, resource: "*", context }];
}
