import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface TaskOptions {
  readonly id: string;
  readonly directory: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stopTimeoutMs: number;
  readonly startedAt: Date;
  readonly onOutput: (stream: Readable) => void;
  readonly onExit: (task: Task, how: TaskExit) => void;
}

export interface TaskExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly livedMs: number;
}

/** One task: a child process in our process group that ends when we do. */
export class Task {
  readonly id: string;
  readonly startedAt: Date;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #stopTimeoutMs: number;
  #stopping = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(options: TaskOptions) {
    this.id = options.id;
    this.startedAt = options.startedAt;
    this.#stopTimeoutMs = options.stopTimeoutMs;
    const [program = "", ...programArguments] = options.command;
    const watched = ["--import", new URL("./parent-watch.ts", import.meta.url).href, ...programArguments];
    this.#child = spawn(
      program === "node" ? process.execPath : program,
      program === "node" ? watched : programArguments,
      {
        cwd: options.directory,
        env: { ...options.environment },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    if (this.#child.stdout !== null) options.onOutput(this.#child.stdout);
    if (this.#child.stderr !== null) options.onOutput(this.#child.stderr);
    this.exited = new Promise(resolve => {
      const end = (exitCode: number | null, signal: string | null): void => {
        clearTimeout(this.#killTimer);
        options.onExit(this, { exitCode, signal, livedMs: Date.now() - this.startedAt.getTime() });
        resolve();
      };
      this.#child.once("exit", end);
      // A program that cannot be started has no pid and never exits.
      this.#child.once("error", () => {
        if (this.#child.pid === undefined) end(null, null);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** SIGTERM, and SIGKILL after the stop timeout; resolves when the process is gone. */
  stop(timeoutMaxMs = Number.POSITIVE_INFINITY): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#child.kill("SIGTERM");
      this.#killTimer = setTimeout(() => this.kill(), Math.min(this.#stopTimeoutMs, timeoutMaxMs));
    }
    return this.exited;
  }

  kill(): void {
    this.#stopping = true;
    this.#child.kill("SIGKILL");
  }
}
