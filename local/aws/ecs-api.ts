import * as z from "zod";
import { type AwsCall, type AwsReply, type AwsService, jsonReply } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";
import type { EcsControl, EcsService, EcsTask, TaskProtection } from "./ecs-control.ts";
import type { Partition } from "./iam/authorization.ts";
import { lastPart } from "./iam/ecs-actions.ts";

const cluster = z.string().default("default");
const UpdateService = z.object({ cluster, service: z.string(), desiredCount: z.int().min(0).optional() });
const DescribeServices = z.object({ cluster, services: z.array(z.string()).min(1).max(10) });
const ListTasks = z.object({ cluster, serviceName: z.string() });
const Tasks = z.object({ cluster, tasks: z.array(z.string()).min(1).max(100) });
const UpdateTaskProtection = Tasks.extend({
  protectionEnabled: z.boolean(),
  expiresInMinutes: z.int().min(1).max(2880).optional(),
});

/** The part of the ECS API that operates services and tasks; what it says and does is the runner's `EcsControl`. */
export function ecsService(control: EcsControl, where: Partition): AwsService {
  return { answer: call => answer(control, arns(where), call) };
}

interface Arns {
  readonly cluster: (name: string) => string;
  readonly service: (cluster: string, name: string) => string;
  readonly task: (cluster: string, id: string) => string;
}

function arns({ region, accountId }: Partition): Arns {
  const base = `arn:aws:ecs:${region}:${accountId}`;
  return {
    cluster: name => `${base}:cluster/${name}`,
    service: (clusterName, name) => `${base}:service/${clusterName}/${name}`,
    task: (clusterName, id) => `${base}:task/${clusterName}/${id}`,
  };
}

async function answer(control: EcsControl, arn: Arns, call: AwsCall): Promise<AwsReply> {
  const input = call.input();
  switch (call.operation) {
    case "UpdateService": {
      const { cluster: inCluster, service, desiredCount } = UpdateService.parse(input);
      const name = lastPart(service);
      const known = await control.describe(lastPart(inCluster), name);
      const updated = known && desiredCount !== undefined ? await control.update(name, { desiredCount }) : known;
      if (updated === undefined) throw new AwsError("ServiceNotFoundException", "Service not found.");
      return jsonReply({ service: serviceShape(updated, arn) });
    }
    case "DescribeServices": {
      const { cluster: inCluster, services } = DescribeServices.parse(input);
      const clusterName = lastPart(inCluster);
      const found = await Promise.all(services.map(service => control.describe(clusterName, lastPart(service))));
      const failures = services.filter((_service, position) => found[position] === undefined);
      return jsonReply({
        services: found.flatMap(service => (service === undefined ? [] : [serviceShape(service, arn)])),
        failures: failures.map(service => ({ arn: arn.service(clusterName, lastPart(service)), reason: "MISSING" })),
      });
    }
    case "ListTasks": {
      const { cluster: inCluster, serviceName } = ListTasks.parse(input);
      const ids = await control.listTasks(lastPart(serviceName));
      return jsonReply({ taskArns: ids.map(id => arn.task(lastPart(inCluster), id)) });
    }
    case "DescribeTasks": {
      const { cluster: inCluster, tasks } = Tasks.parse(input);
      const found = await control.describeTasks(tasks.map(lastPart));
      const missing = missingOf(
        tasks,
        found.map(task => task.id),
      );
      return jsonReply({
        tasks: found.map(task => taskShape(task, arn)),
        failures: failuresOf(missing, lastPart(inCluster), arn),
      });
    }
    case "UpdateTaskProtection": {
      const { cluster: inCluster, tasks, protectionEnabled, expiresInMinutes } = UpdateTaskProtection.parse(input);
      const protection = await control.protect(tasks.map(lastPart), protectionEnabled, expiresInMinutes);
      return jsonReply(protectionShape(tasks, protection, lastPart(inCluster), arn));
    }
    case "GetTaskProtection": {
      const { cluster: inCluster, tasks } = Tasks.parse(input);
      const protection = await control.protection(tasks.map(lastPart));
      return jsonReply(protectionShape(tasks, protection, lastPart(inCluster), arn));
    }
    default:
      throw new AwsError("UnknownOperationException", `ECS ${call.operation} is not emulated here`);
  }
}

function missingOf(asked: readonly string[], found: readonly string[]): readonly string[] {
  return asked.map(lastPart).filter(id => !found.includes(id));
}

function failuresOf(ids: readonly string[], clusterName: string, arn: Arns): object[] {
  return ids.map(id => ({ arn: arn.task(clusterName, id), reason: "MISSING" }));
}

function serviceShape(service: EcsService, arn: Arns): object {
  return {
    serviceArn: arn.service(service.cluster, service.service),
    serviceName: service.service,
    clusterArn: arn.cluster(service.cluster),
    status: "ACTIVE",
    desiredCount: service.desiredCount,
    runningCount: service.runningCount,
    pendingCount: service.pendingCount,
    taskDefinition: service.taskDefinition,
    launchType: "FARGATE",
    deployments: [],
    events: [],
  };
}

function taskShape(task: EcsTask, arn: Arns): object {
  return {
    taskArn: arn.task(task.cluster, task.id),
    clusterArn: arn.cluster(task.cluster),
    taskDefinitionArn: task.taskDefinition,
    group: `service:${task.service}`,
    lastStatus: task.status,
    desiredStatus: task.status === "STOPPING" || task.status === "STOPPED" ? "STOPPED" : "RUNNING",
    launchType: "FARGATE",
    ...(task.startedAt === undefined ? {} : { startedAt: task.startedAt.getTime() / 1000 }),
    containers: [],
  };
}

function protectionShape(
  asked: readonly string[],
  found: readonly TaskProtection[],
  clusterName: string,
  arn: Arns,
): object {
  const missing = missingOf(
    asked,
    found.map(one => one.taskId),
  );
  return {
    protectedTasks: found.map(one => ({
      taskArn: arn.task(clusterName, one.taskId),
      protectionEnabled: one.enabled,
      ...(one.expiresAt === undefined ? {} : { expirationDate: one.expiresAt.getTime() / 1000 }),
    })),
    failures: failuresOf(missing, clusterName, arn),
  };
}
