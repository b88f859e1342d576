import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Readable } from "node:stream";
import type { Logger } from "../aws/logger.ts";
import { ExecutionEnvironment, type InvocationResult } from "./execution-environment.ts";
import type { FunctionDefinition } from "./function-definition.ts";

export interface FunctionsOptions {
  readonly definitions: readonly FunctionDefinition[];
  /** Everything the function's process environment holds. */
  readonly variablesOf: (definition: FunctionDefinition) => Readonly<Record<string, string>>;
  readonly onOutput: (definition: FunctionDefinition, stream: Readable) => void;
  readonly log: Logger;
  readonly now?: () => number;
  /** Each environment costs about 40 MB. */
  readonly environmentsMax?: number;
  readonly environmentsPerFunctionMax?: number;
  /** After this time an idle environment is ended, but for the few that were used last. */
  readonly idleMs?: number;
  /** What a function may take to be loaded, before its first invocation's own time begins to count. */
  readonly initMs?: number;
}

interface Waiting {
  readonly definition: FunctionDefinition;
  /** Invoked by a queue or a schedule, which can wait. */
  readonly background: boolean;
  readonly start: (environment: ExecutionEnvironment) => void;
}

/** How an invocation ended, or that it was not begun: no environment was free in time. */
export type InvokeResult = InvocationResult | { readonly outcome: "throttled" };

const environmentsUnlessTold = 20;
const environmentsPerFunctionUnlessTold = Math.max(2, availableParallelism());
/** What somebody who tries things out calls next starts at once; the memory of all others goes back to the machine. */
const idleKept = 2;
/** Queues and schedules leave the other half of the environments to the API. */
const backgroundShare = 0.5;
/** And one function that waits for the network leaves some of theirs to the others. */
const shareOfOne = 0.6;

interface Idle {
  readonly environment: ExecutionEnvironment;
  readonly sinceMs: number;
}

/**
 * The functions of the assembly. Environments are started when an invocation finds none idle, up to a cap; beyond it
 * invocations wait their turn, and an idle environment of another function makes room.
 */
export class Functions {
  readonly #options: FunctionsOptions;
  readonly #now: () => number;
  readonly #byName: ReadonlyMap<string, FunctionDefinition>;
  readonly #alive = new Set<ExecutionEnvironment>();
  #idle: Idle[] = [];
  #waiting: Waiting[] = [];
  readonly #running = new Set<Promise<unknown>>();
  readonly #throttledAtMs = new Map<string, number>();
  #inBackground = 0;
  readonly #reaper: NodeJS.Timeout;

  constructor(options: FunctionsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#byName = new Map(options.definitions.flatMap(one => [[one.name, one] as const, [one.arn, one] as const]));
    const idleMs = options.idleMs ?? 15_000;
    this.#reaper = setInterval(() => this.#reap(idleMs), Math.min(idleMs, 5_000));
    this.#reaper.unref();
  }

  find(nameOrArn: string): FunctionDefinition | undefined {
    return this.#byName.get(nameOrArn);
  }

  /**
   * Invokes a function for a caller who waits, with an event (JSON text); never rejects for what the function does.
   * `throttled` where no environment is free within `waitMaxMs`.
   */
  invoke(definition: FunctionDefinition, event: string, waitMaxMs: number): Promise<InvokeResult> {
    return this.#tracked(this.#run(definition, event, waitMaxMs));
  }

  /** The same for a queue or a schedule: it waits until an environment is free, and takes at most half of them. */
  invokeInBackground(definition: FunctionDefinition, event: string): Promise<InvokeResult> {
    return this.#tracked(this.#run(definition, event, undefined));
  }

  async #tracked<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * How many invocations of a function can run at once: a few, or a tenth of what the template lets its queue have at
   * once. One that has very many on AWS waits for others most of the time, and the few would all wait for the same one.
   */
  concurrencyMax(definition: FunctionDefinition): number {
    const few = this.#options.environmentsPerFunctionMax ?? environmentsPerFunctionUnlessTold;
    const many = Math.min(Math.floor((definition.queueConcurrencyMax ?? 0) / 10), this.#backgroundMax * shareOfOne);
    const cap = Math.max(few, Math.floor(many));
    return Math.min(cap, definition.concurrencyMax ?? cap);
  }

  get #backgroundMax(): number {
    return Math.max(1, Math.floor(this.#environmentsMax * backgroundShare));
  }

  /** Lets what runs end (at most `graceMs`), then ends every environment. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#reaper);
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise(resolve => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(this.#running), grace]);
    clearTimeout(timer);
    await Promise.all([...this.#alive].map(environment => environment.terminate()));
  }

  get #environmentsMax(): number {
    return this.#options.environmentsMax ?? environmentsUnlessTold;
  }

  async #run(definition: FunctionDefinition, event: string, waitMaxMs: number | undefined): Promise<InvokeResult> {
    const background = waitMaxMs === undefined;
    const environment = await this.#acquire(definition, background, waitMaxMs);
    if (environment === undefined) {
      this.#sayThrottled(definition);
      return { outcome: "throttled" };
    }
    const result = await environment.invoke(event, randomUUID(), this.#now);
    if (result.outcome !== "returned") {
      const { error } = result;
      this.#options.log.warn("function failed", { function: definition.name, outcome: result.outcome, error });
    }
    if (background) this.#inBackground--;
    this.#release(environment);
    return result;
  }

  /** Of a flood, one line a second and function is enough. */
  #sayThrottled({ name }: FunctionDefinition): void {
    const sinceMs = this.#now() - (this.#throttledAtMs.get(name) ?? 0);
    if (sinceMs < 1_000) return;
    this.#throttledAtMs.set(name, this.#now());
    this.#options.log.warn("function throttled", { function: name });
  }

  async #acquire(
    definition: FunctionDefinition,
    background: boolean,
    waitMaxMs: number | undefined,
  ): Promise<ExecutionEnvironment | undefined> {
    const available = this.#available(definition, background);
    if (available !== undefined) return available;
    const { promise, resolve } = Promise.withResolvers<ExecutionEnvironment | undefined>();
    const waiting: Waiting = { definition, background, start: resolve };
    this.#waiting.push(waiting);
    const giveUp = () => {
      this.#waiting = this.#waiting.filter(one => one !== waiting);
      resolve(undefined);
    };
    const timer = waitMaxMs === undefined ? undefined : setTimeout(giveUp, waitMaxMs);
    const environment = await promise;
    clearTimeout(timer);
    return environment;
  }

  /** An environment that can take an invocation now, a new one where there is room; undefined where there is none. */
  #available(definition: FunctionDefinition, background: boolean): ExecutionEnvironment | undefined {
    if (background && this.#inBackground >= this.#backgroundMax) return undefined;
    const environment = this.#idleOrNew(definition);
    if (background && environment !== undefined) this.#inBackground++;
    return environment;
  }

  #idleOrNew(definition: FunctionDefinition): ExecutionEnvironment | undefined {
    this.#forgetDead();
    const idle = this.#idle.findLast(({ environment }) => environment.definition === definition);
    if (idle === undefined) return this.#mayStart(definition) ? this.#start(definition) : undefined;
    this.#idle = this.#idle.filter(one => one !== idle);
    return idle.environment;
  }

  #forgetDead(): void {
    this.#idle = this.#idle.filter(({ environment }) => !environment.dead);
    for (const environment of this.#alive) if (environment.dead) this.#alive.delete(environment);
  }

  #mayStart(definition: FunctionDefinition): boolean {
    const own = [...this.#alive].filter(environment => environment.definition === definition).length;
    if (own >= this.concurrencyMax(definition)) return false;
    if (this.#alive.size < this.#environmentsMax) return true;
    const [oldest, ...others] = this.#idle;
    if (oldest === undefined) return false;
    this.#idle = others;
    this.#end(oldest.environment);
    return true;
  }

  #start(definition: FunctionDefinition): ExecutionEnvironment {
    const environment = new ExecutionEnvironment({
      definition,
      variables: this.#options.variablesOf(definition),
      onOutput: stream => this.#options.onOutput(definition, stream),
      ...(this.#options.initMs === undefined ? {} : { initMs: this.#options.initMs }),
    });
    this.#alive.add(environment);
    return environment;
  }

  #release(environment: ExecutionEnvironment): void {
    if (!environment.dead) this.#idle.push({ environment, sinceMs: this.#now() });
    // Whoever still finds nothing keeps its place in the queue.
    this.#waiting = this.#waiting.filter(({ definition, background, start }) => {
      const available = this.#available(definition, background);
      if (available !== undefined) start(available);
      return available === undefined;
    });
  }

  /** The idle ones stand in the order in which they were used. */
  #reap(idleMs: number): void {
    const spare = this.#idle.slice(0, -idleKept);
    const stale = spare.filter(({ sinceMs }) => this.#now() - sinceMs >= idleMs);
    this.#idle = this.#idle.filter(one => !stale.includes(one));
    for (const { environment } of stale) this.#end(environment);
  }

  #end(environment: ExecutionEnvironment): void {
    this.#alive.delete(environment);
    void environment.terminate();
  }
}
