import type { EcsControl, TaskProtection } from "../aws/ecs-control.ts";
import type { FargateService } from "./fargate-service.ts";

// ECS's own: protection lasts two hours where the caller names no time.
const protectionMinutesUnlessTold = 120;

/** The ECS services of the installation, as the ECS API drives them. */
export class Services implements EcsControl {
  #services: readonly FargateService[] = [];

  /** The API stands before the services do, because their tasks need it. */
  set(services: readonly FargateService[]): void {
    this.#services = services;
  }

  /** The tasks that run now, whichever service they belong to. */
  get hosts(): readonly { readonly id: string; readonly pid: number }[] {
    return this.#services.flatMap(({ running }) =>
      running.flatMap(({ id, pid }) => (pid === undefined ? [] : [{ id, pid }])),
    );
  }

  async describe(cluster: string, service: string): ReturnType<EcsControl["describe"]> {
    const found = this.#find(service);
    return found?.definition.cluster === cluster ? found.describe() : undefined;
  }

  async update(service: string, { desiredCount }: { readonly desiredCount: number }): ReturnType<EcsControl["update"]> {
    const found = this.#find(service);
    found?.setDesiredCount(desiredCount);
    return found?.describe();
  }

  async listTasks(service: string): Promise<readonly string[]> {
    return (this.#find(service)?.describeTasks() ?? []).map(({ id }) => id);
  }

  async describeTasks(taskIds: readonly string[]): ReturnType<EcsControl["describeTasks"]> {
    return this.#services.flatMap(service => service.describeTasks()).filter(({ id }) => taskIds.includes(id));
  }

  async protect(
    taskIds: readonly string[],
    enabled: boolean,
    expiresInMinutes: number | undefined,
  ): Promise<readonly TaskProtection[]> {
    const minutes = enabled ? (expiresInMinutes ?? protectionMinutesUnlessTold) : undefined;
    return this.#each(taskIds, (service, id) => service.protect(id, minutes));
  }

  async protection(taskIds: readonly string[]): Promise<readonly TaskProtection[]> {
    return this.#each(taskIds, (service, id) => service.protection(id));
  }

  #each(
    taskIds: readonly string[],
    ask: (service: FargateService, taskId: string) => TaskProtection | undefined,
  ): readonly TaskProtection[] {
    return taskIds.flatMap(id => this.#services.map(service => ask(service, id)).filter(found => found !== undefined));
  }

  #find(service: string): FargateService | undefined {
    return this.#services.find(({ definition }) => definition.name === service);
  }
}
