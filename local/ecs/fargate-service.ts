import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { EcsService, EcsTask, TaskProtection } from "../aws/ecs-control.ts";
import type { Logger } from "../aws/logger.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { Task, type TaskExit } from "./task.ts";

export interface FargateServiceOptions {
  readonly definition: ServiceDefinition;
  readonly desiredCount: number;
  /** All of the environment of a task with this id. */
  readonly environmentOf: (taskId: string) => Readonly<Record<string, string>>;
  readonly onOutput: (taskId: string, stream: Readable) => void;
  /** Told whenever a task started or ended. */
  readonly onChange: () => void;
  /** Aborted when no task shall be replaced any more. */
  readonly ending: AbortSignal;
  readonly log: Logger;
}

// A task that dies younger than this died of its own start, and the next one waits.
const shortLifeMs = 5_000;
const backoffMinMs = 250;
const backoffMaxMs = 5_000;
const protectionCheckMs = 1_000;

/**
 * Keeps as many tasks running as are desired: a dead one is replaced at once (after a growing pause when it died
 * young), one too many is told to stop, the youngest first and never one under protection.
 */
export class FargateService {
  readonly definition: ServiceDefinition;
  readonly #options: FargateServiceOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #protectedUntil = new Map<string, number>();
  #desiredCount: number;
  #closed = false;
  #earlyDeaths = 0;
  #waiting: NodeJS.Timeout | undefined;

  constructor(options: FargateServiceOptions) {
    this.#options = options;
    this.definition = options.definition;
    this.#desiredCount = options.desiredCount;
  }

  get running(): readonly Task[] {
    return [...this.#tasks.values()].filter(task => !task.stopping && task.pid !== undefined);
  }

  describe(): EcsService {
    const { cluster, name, taskDefinitionArn } = this.definition;
    const runningCount = this.running.length;
    return {
      cluster,
      service: name,
      taskDefinition: taskDefinitionArn,
      desiredCount: this.#desiredCount,
      runningCount,
      pendingCount: Math.max(0, this.#desiredCount - runningCount),
    };
  }

  describeTasks(): readonly EcsTask[] {
    const { cluster, name, taskDefinitionArn } = this.definition;
    return [...this.#tasks.values()].map(({ id, startedAt, stopping }) => ({
      id,
      cluster,
      service: name,
      taskDefinition: taskDefinitionArn,
      status: stopping ? "STOPPING" : "RUNNING",
      startedAt,
    }));
  }

  setDesiredCount(desiredCount: number): void {
    this.#desiredCount = desiredCount;
    this.reconcile();
  }

  protect(taskId: string, minutes: number | undefined): TaskProtection | undefined {
    if (!this.#tasks.has(taskId)) return undefined;
    if (minutes === undefined) this.#protectedUntil.delete(taskId);
    else this.#protectedUntil.set(taskId, Date.now() + minutes * 60_000);
    return this.protection(taskId);
  }

  protection(taskId: string): TaskProtection | undefined {
    if (!this.#tasks.has(taskId)) return undefined;
    const until = this.#protectedUntil.get(taskId);
    const enabled = this.#isProtected(taskId);
    return { taskId, enabled, expiresAt: enabled && until !== undefined ? new Date(until) : undefined };
  }

  /** Starts what is missing and stops what is too much. */
  reconcile(): void {
    if (this.#closed || this.#options.ending.aborted) return;
    const running = this.running;
    for (let missing = this.#desiredCount - running.length; missing > 0; missing -= 1) this.#start();
    const surplus = running.length - this.#desiredCount;
    if (surplus <= 0) return;
    const free = running.filter(({ id }) => !this.#isProtected(id)).reverse();
    for (const task of free.slice(0, surplus)) void task.stop();
    if (free.length < surplus) this.#reconcileIn(protectionCheckMs);
  }

  /** Stops every task, each with the time its definition gives it but at most `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#waiting);
    await Promise.all([...this.#tasks.values()].map(task => task.stop(graceMs)));
  }

  kill(): void {
    this.#closed = true;
    clearTimeout(this.#waiting);
    for (const task of this.#tasks.values()) task.kill();
  }

  #start(): void {
    const { definition, environmentOf, onOutput } = this.#options;
    const id = randomBytes(16).toString("hex");
    const task = new Task({
      id,
      directory: definition.directory,
      command: definition.command,
      environment: environmentOf(id),
      stopTimeoutMs: definition.stopTimeoutMs,
      startedAt: new Date(),
      onOutput: stream => onOutput(id, stream),
      onExit: (exited, how) => this.#ended(exited, how),
    });
    this.#tasks.set(id, task);
    this.#options.onChange();
  }

  #ended(task: Task, how: TaskExit): void {
    this.#tasks.delete(task.id);
    this.#protectedUntil.delete(task.id);
    this.#options.onChange();
    if (this.#closed || this.#options.ending.aborted || task.stopping) {
      this.reconcile();
      return;
    }
    this.#options.log.warn("task ended by itself and is replaced", { taskId: task.id, ...how });
    this.#earlyDeaths = how.livedMs < shortLifeMs ? this.#earlyDeaths + 1 : 0;
    if (this.#earlyDeaths === 0) this.reconcile();
    else this.#reconcileIn(Math.min(backoffMaxMs, backoffMinMs * 2 ** (this.#earlyDeaths - 1)));
  }

  #reconcileIn(delayMs: number): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.reconcile(), delayMs);
  }

  #isProtected(taskId: string): boolean {
    return (this.#protectedUntil.get(taskId) ?? 0) > Date.now();
  }
}
