import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import type { FunctionDefinition } from "./function-definition.ts";
import { type WorkerError, type WorkerInvocation, WorkerMessage, type WorkerStart } from "./worker-messages.ts";

/** How an invocation ended: `payload` is what the handler returned, as JSON text. */
export type InvocationResult =
  | { readonly outcome: "returned"; readonly payload: string }
  | { readonly outcome: "failed"; readonly error: WorkerError }
  | { readonly outcome: "timed-out"; readonly error: WorkerError };

export interface EnvironmentOptions {
  readonly definition: FunctionDefinition;
  /** All of the process environment that the function sees. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onOutput: (stream: Readable) => void;
  readonly initMs?: number;
}

// Lambda gives a function's initialisation 10 seconds of its own; one that takes longer goes on within the time of the
// first invocation (developer guide, "Lambda execution environment lifecycle").
const initMsOfLambda = 10_000;

/** Where Node keeps compiled code by itself (`module.enableCompileCache`): a third of an environment's start is compiling. */
const compileCache = join(tmpdir(), "node-compile-cache");

const failure = (errorType: string, errorMessage: string): WorkerError => ({ errorType, errorMessage, trace: [] });

/**
 * One execution environment: a worker thread that runs one invocation at a time.
 * starting → idle ⇄ busy → dead; a timeout, a crash or a failed boot makes it dead, and the next invocation needs a new one.
 */
export class ExecutionEnvironment {
  readonly definition: FunctionDefinition;
  readonly #worker: Worker;
  #dead = false;
  #booted: Promise<WorkerError | undefined>;
  #onMessage: (message: WorkerMessage) => void = () => {};
  #onDeath: (error: WorkerError) => void = () => {};

  constructor({ definition, variables, onOutput, initMs = initMsOfLambda }: EnvironmentOptions) {
    this.definition = definition;
    const workerData: WorkerStart = {
      directory: definition.directory,
      handler: definition.handler,
      functionName: definition.name,
      functionArn: definition.arn,
      memoryMb: definition.memoryMb,
    };
    this.#worker = new Worker(new URL("./execution-environment.worker.ts", import.meta.url), {
      workerData,
      env: { ...variables, NODE_COMPILE_CACHE: compileCache },
      execArgv: [],
      stdout: true,
      stderr: true,
      // A small young generation keeps an idle environment at about 40 MB.
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMb, maxYoungGenerationSizeMb: 8 },
    });
    onOutput(this.#worker.stdout);
    onOutput(this.#worker.stderr);
    this.#worker.on("message", (message: unknown) => this.#onMessage(WorkerMessage.parse(message)));
    this.#worker.on("error", (error: unknown) => this.#die(crash(error)));
    this.#worker.on("exit", code =>
      this.#die(failure("Runtime.ExitError", `the function's process exited with ${code}`)),
    );
    this.#booted = this.#boot(initMs + definition.timeoutMs);
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Runs one invocation; never call it while another is running. Never rejects. */
  async invoke(event: string, requestId: string, now: () => number): Promise<InvocationResult> {
    const bootError = await this.#booted;
    if (bootError !== undefined) return { outcome: "failed", error: bootError };
    if (this.#dead)
      return { outcome: "failed", error: failure("Runtime.ExitError", "the function's thread has ended") };
    const { timeoutMs } = this.definition;
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        const error = failure("Sandbox.Timedout", `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
        resolve({ outcome: "timed-out", error });
        void this.terminate();
      }, timeoutMs);
      const finish = (result: InvocationResult): void => {
        clearTimeout(timer);
        resolve(result);
      };
      this.#onDeath = error => finish({ outcome: "failed", error });
      this.#onMessage = message => {
        if (message.type === "returned") finish({ outcome: "returned", payload: message.payload });
        if (message.type === "threw") finish({ outcome: "failed", error: message.error });
      };
      const invocation: WorkerInvocation = { event, requestId, deadlineMs: now() + timeoutMs };
      this.#worker.postMessage(invocation);
    });
  }

  async terminate(): Promise<void> {
    this.#dead = true;
    await this.#worker.terminate();
  }

  #boot(withinMs: number): Promise<WorkerError | undefined> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        resolve(failure("Sandbox.Timedout", `Init timed out after ${withinMs / 1000} seconds`));
        void this.terminate();
      }, withinMs);
      const finish = (error: WorkerError | undefined): void => {
        clearTimeout(timer);
        resolve(error);
      };
      this.#onDeath = finish;
      this.#onMessage = message => {
        if (message.type === "ready") finish(undefined);
        if (message.type === "boot-failed") {
          finish(message.error);
          void this.terminate();
        }
      };
    });
  }

  #die(error: WorkerError): void {
    this.#dead = true;
    this.#onDeath(error);
  }
}

function crash(error: unknown): WorkerError {
  if (!(error instanceof Error)) return failure("Runtime.Crash", String(error));
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}
