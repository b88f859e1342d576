import { randomUUID } from "node:crypto";
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
  readonly environmentsPerFunctionMax?: number;
  readonly environmentsMax?: number;
  readonly idleMs?: number;
  /** What a function may take to be loaded, before its first invocation's own time begins to count. */
  readonly initMs?: number;
}

interface Waiting {
  readonly definition: FunctionDefinition;
  readonly start: (environment: ExecutionEnvironment) => void;
}

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
  readonly #reaper: NodeJS.Timeout;

  constructor(options: FunctionsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#byName = new Map(options.definitions.flatMap(one => [[one.name, one] as const, [one.arn, one] as const]));
    const idleMs = options.idleMs ?? 300_000;
    this.#reaper = setInterval(() => this.#reap(idleMs), Math.min(idleMs, 10_000));
    this.#reaper.unref();
  }

  find(nameOrArn: string): FunctionDefinition | undefined {
    return this.#byName.get(nameOrArn);
  }

  /** Invokes a function with an event (JSON text) and waits for the end; never rejects for what the function does. */
  async invoke(definition: FunctionDefinition, event: string): Promise<InvocationResult> {
    const running = this.#run(definition, event);
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
    const few = this.#options.environmentsPerFunctionMax ?? 4;
    const cap = Math.max(few, Math.floor((definition.queueConcurrencyMax ?? 0) / 10));
    return Math.min(cap, definition.concurrencyMax ?? cap);
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
    return this.#options.environmentsMax ?? 24;
  }

  async #run(definition: FunctionDefinition, event: string): Promise<InvocationResult> {
    const environment = await this.#acquire(definition);
    const result = await environment.invoke(event, randomUUID(), this.#now);
    if (result.outcome !== "returned") {
      const { error } = result;
      this.#options.log.warn("function failed", { function: definition.name, outcome: result.outcome, error });
    }
    this.#release(environment);
    return result;
  }

  #acquire(definition: FunctionDefinition): Promise<ExecutionEnvironment> | ExecutionEnvironment {
    return this.#available(definition) ?? new Promise(resolve => this.#waiting.push({ definition, start: resolve }));
  }

  /** An environment that can take an invocation now, a new one where there is room; undefined where there is none. */
  #available(definition: FunctionDefinition): ExecutionEnvironment | undefined {
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
    this.#waiting = this.#waiting.filter(({ definition, start }) => {
      const available = this.#available(definition);
      if (available !== undefined) start(available);
      return available === undefined;
    });
  }

  #reap(idleMs: number): void {
    const stale = this.#idle.filter(({ sinceMs }) => this.#now() - sinceMs >= idleMs);
    this.#idle = this.#idle.filter(one => !stale.includes(one));
    for (const { environment } of stale) this.#end(environment);
  }

  #end(environment: ExecutionEnvironment): void {
    this.#alive.delete(environment);
    void environment.terminate();
  }
}
