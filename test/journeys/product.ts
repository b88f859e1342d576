import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { operatorProgram } from "../../bin/operator/commands.ts";
import { watchLog } from "./watched-logs.ts";

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
export type ReadyLine = z.infer<typeof ReadyLine>;

/** A data folder of a test's own, removed when the test is over. */
export async function temporaryData(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "wasaas-journey-"));
  const remove = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([path, `${path}-state`, `${path}.log`].map(remove));
    },
  };
}

/** The whole product as a stranger starts it: a process group of its own, entered by its addresses alone. */
export interface Product {
  readonly ready: ReadyLine;
  /** The process that all others of it descend from. */
  readonly pid: number;
  /** Where it writes its log. */
  readonly logPath: string;
  /** SIGKILL to every process of it at once, as a power cut would. */
  kill(): Promise<void>;
  /** SIGTERM to the group; answers the exit code. */
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startProduct(dataDir: string, ...flags: string[]): Promise<Product> {
  const args = ["--max-semi-space-size=4", "local/start.ts", "--json", "--port", "0", "--data", dataDir, ...flags];
  const env = { ...process.env, XDG_STATE_HOME: `${dataDir}-state` };
  const logPath = `${dataDir}.log`;
  const log = openSync(logPath, "a");
  const child = spawn(nodePath, args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", log] });
  closeSync(log);
  watchLog(logPath);
  const exited = new Promise<number | null>(done => child.once("exit", code => done(code)));
  const { stdout } = child;
  if (stdout === null) throw new Error("the product has no output");
  const line = createInterface({ input: stdout })[Symbol.asyncIterator]().next();
  const first = await Promise.race([line, exited]);
  if (first === null || typeof first === "number" || first.done) {
    throw new Error(`the product ended before it was ready:\n${readFileSync(logPath, "utf8").slice(-4_000)}`);
  }
  const signal = (name: NodeJS.Signals) => signalGroup(child, name);
  return {
    ready: ReadyLine.parse(JSON.parse(first.value)),
    pid: child.pid ?? 0,
    logPath,
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

/** Runs a command of the operator against the installation in a data folder and answers its one JSON line. */
export async function wasaas(dataDir: string, ...args: string[]): Promise<Record<string, unknown>> {
  let said = "";
  const out = (text: string) => {
    said += text;
  };
  const program = operatorProgram({ out, err: out, environment: process.env });
  await program.parseAsync([...args, "--data", dataDir, "--json"], { from: "user" });
  return z.record(z.string(), z.unknown()).parse(JSON.parse(said));
}
