import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import * as z from "zod";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const nodePath = join(root, "node_modules/.bin/node");

/** The line `npm start -- --json` prints when it is ready, as docs promise it. */
const ReadyLine = z.object({
  ready: z.literal(true),
  api: z.url(),
  console: z.url(),
  docs: z.url(),
  simulator: z.url(),
  apiKey: z.string(),
  tenantId: z.string(),
  hosts: z.array(z.object({ id: z.string(), pid: z.int() })).min(1),
  aws: z.object({ dynamodb: z.url(), sqs: z.url(), sns: z.url(), s3: z.url() }),
});
type ReadyLine = z.infer<typeof ReadyLine>;

/** A data folder of a test's own, removed when the test is over. */
export async function temporaryData(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "wasaas-journey-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The whole product as a stranger starts it: a process group of its own, entered by its addresses alone. */
export interface Product {
  readonly ready: ReadyLine;
  /** What it logged so far, for a failing test to print. */
  log(): string;
  /** SIGKILL to every process of it at once, as a power cut would. */
  kill(): Promise<void>;
  /** SIGTERM to the group; answers the exit code. */
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startProduct(dataDir: string, ...flags: string[]): Promise<Product> {
  const args = ["local/start.ts", "--json", "--port", "0", "--data", dataDir, ...flags];
  const env = { ...process.env, XDG_STATE_HOME: join(dataDir, "..", `${dataDir}-state`) };
  const child = spawn(nodePath, args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const logged: string[] = [];
  child.stderr.on("data", chunk => logged.push(String(chunk)));
  const exited = new Promise<number | null>(done => child.once("exit", code => done(code)));
  const line = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const first = await Promise.race([line, exited]);
  if (first === null || typeof first === "number" || first.done) {
    throw new Error(`the product ended before it was ready:\n${logged.join("").slice(-4_000)}`);
  }
  const signal = (name: NodeJS.Signals) => signalGroup(child, name);
  return {
    ready: ReadyLine.parse(JSON.parse(first.value)),
    log: () => logged.join(""),
    kill: async () => {
      signal("SIGKILL");
      await exited;
    },
    stop: () => {
      signal("SIGTERM");
      return exited;
    },
    [Symbol.asyncDispose]: async () => {
      signal("SIGTERM");
      await exited;
    },
  };
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    // The group is gone already: that is what the signal was for.
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ESRCH") throw error;
  }
}

/** Runs the operator's command line against the installation in a data folder and answers its one JSON line. */
export async function wasaas(dataDir: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(nodePath, ["bin/wasaas.ts", ...args, "--data", dataDir, "--json"], { cwd: root });
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
}
