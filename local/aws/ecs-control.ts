/** What the runner knows of one ECS service, as the ECS API of the front answers it. */
export interface EcsService {
  readonly cluster: string;
  readonly service: string;
  readonly taskDefinition: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
}

/** One task. `id` is the last part of its ARN (`arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`). */
export interface EcsTask {
  readonly id: string;
  readonly cluster: string;
  readonly service: string;
  readonly taskDefinition: string;
  readonly status: "PENDING" | "RUNNING" | "STOPPING" | "STOPPED";
  readonly startedAt: Date | undefined;
}

export interface TaskProtection {
  readonly taskId: string;
  readonly enabled: boolean;
  readonly expiresAt: Date | undefined;
}

/**
 * What the ECS API of the front drives. Clusters and services are given by their names, tasks by their ids, whatever
 * form (name or ARN) the caller used. An unknown service is `undefined`, an unknown task is left out of the answer.
 */
export interface EcsControl {
  describe(cluster: string, service: string): Promise<EcsService | undefined>;
  update(service: string, change: { readonly desiredCount: number }): Promise<EcsService | undefined>;
  listTasks(service: string): Promise<readonly string[]>;
  describeTasks(taskIds: readonly string[]): Promise<readonly EcsTask[]>;
  protect(
    taskIds: readonly string[],
    enabled: boolean,
    expiresInMinutes: number | undefined,
  ): Promise<readonly TaskProtection[]>;
  protection(taskIds: readonly string[]): Promise<readonly TaskProtection[]>;
}
