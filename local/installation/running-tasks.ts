import { ECSClient, UpdateTaskProtectionCommand } from "@aws-sdk/client-ecs";
import type { Logger } from "../aws/logger.ts";
import { FargateService } from "../ecs/fargate-service.ts";
import { type ServiceDefinition, serviceDefinitions } from "../ecs/service-definition.ts";
import type { Services } from "../ecs/services.ts";
import { type Protect, startTaskMetadata, type TaskMetadata } from "../ecs/task-metadata.ts";
import { Closing } from "./closing.ts";
import type { Ground } from "./ground.ts";
import { logOutput } from "./output-lines.ts";
import { taskVariables } from "./runtime-variables.ts";

export interface RunningTasksOptions {
  /** What tasks are told here and never on AWS. */
  readonly additions: Readonly<Record<string, string>>;
  /** Tasks of each service; the template's own count unless told. */
  readonly desiredCount: number | undefined;
  /** Told whenever a task started or ended. */
  readonly onHosts: (hosts: Services["hosts"]) => void;
  /** Aborted as soon as the process is told to stop: a task that ends after that is not replaced. */
  readonly ending: AbortSignal;
  readonly log: Logger;
}

export interface RunningTasks {
  /** Lets the tasks drain, for at most `graceMs`. */
  close(graceMs: number): Promise<void>;
  kill(): void;
}

/** Starts the tasks of the template's ECS services, and hands the services to the ECS API. */
export async function startTasks(
  ground: Ground,
  services: Services,
  options: RunningTasksOptions,
): Promise<RunningTasks> {
  const { assembly } = ground;
  const metadataClosing = new Closing();
  const started: FargateService[] = [];
  for (const definition of await serviceDefinitions(assembly)) {
    const agent = agentOf(ground, definition);
    const metadata = await startTaskMetadata(assembly.place, definition, agent.protect, options.log);
    metadataClosing.add(async () => {
      await metadata.close(0);
      agent.close();
    });
    started.push(
      new FargateService({
        definition,
        desiredCount: options.desiredCount ?? definition.desiredCount,
        environmentOf: taskId => environmentOf(ground, definition, metadata, taskId, options.additions),
        onOutput: (taskId, stream) => logOutput(stream, `task ${taskId.slice(0, 8)}`, options.log),
        onChange: () => options.onHosts(services.hosts),
        ending: options.ending,
        log: options.log,
      }),
    );
  }
  services.set(started);
  for (const service of started) service.reconcile();
  return {
    close: async graceMs => {
      await Promise.all(started.map(service => service.close(graceMs)));
      await metadataClosing.close();
    },
    kill: () => {
      for (const service of started) service.kill();
    },
  };
}

/** The ECS agent speaks with the rights of the task: one that may not protect itself is refused here as on AWS. */
function agentOf({ assembly, principals, accessKey }: Ground, definition: ServiceDefinition) {
  const { region, awsUrl } = assembly.place;
  const credentials = accessKey(principals.accessKeyOf(definition.taskRoleName ?? ""));
  const ecs = new ECSClient({ endpoint: awsUrl, region, credentials });
  const protect: Protect = async (taskId, expiresInMinutes) => {
    const protectionEnabled = expiresInMinutes !== undefined;
    const wanted = { cluster: definition.cluster, tasks: [taskId], protectionEnabled, expiresInMinutes };
    const { protectedTasks = [] } = await ecs.send(new UpdateTaskProtectionCommand(wanted));
    return protectedTasks[0]?.expirationDate;
  };
  return { protect, close: () => ecs.destroy() };
}

function environmentOf(
  { assembly, front, principals, accessKey }: Ground,
  definition: ServiceDefinition,
  metadata: TaskMetadata,
  taskId: string,
  additions: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const ownKey = accessKey(principals.accessKeyOf(definition.taskRoleName ?? ""));
  return {
    ...taskVariables(definition, assembly.place, ownKey, name => front.parameters.get(name)?.value),
    ECS_CONTAINER_METADATA_URI_V4: metadata.uriOf(taskId),
    ECS_AGENT_URI: metadata.agentUriOf(taskId),
    ...additions,
  };
}
