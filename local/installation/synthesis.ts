import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { glob, mkdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Logger } from "../aws/logger.ts";
import { lockFile } from "./file-lock.ts";
import { StartRefused } from "./start-refused.ts";

// Whatever the template or the code in its assets is made from.
const sources = [
  "{bin,lib,functions,socket-host,domain,console}/**/*",
  "package.json",
  "package-lock.json",
  "cdk.json",
  "cdk.context.json",
  "tsconfig.json",
];
/**
 * The template's settings on one machine. A shard has a queue that is always listened to and a row that is looked at
 * every few seconds: the sessions of a laptop need no 64 of them.
 */
const localSettings = { shardCount: "8" };
const assembliesKept = 3;
// Another start may be synthesizing the same sources: it takes a few seconds.
const synthesisLockWaitMs = 60_000;

/**
 * The cloud assembly of the CDK app with the settings of a local run, synthesized once for each state of the sources. It lies in
 * `cdk.out/`, below the checkout, so that code in its assets finds the checkout's node_modules.
 * @throws StartRefused with what the synthesis printed, where it fails
 */
export async function synthesize(root: string, log: Logger): Promise<string> {
  const assemblies = join(root, "cdk.out", "local");
  const directory = join(assemblies, await sourceHash(root));
  if (await isThere(directory)) return used(directory);
  await mkdir(assemblies, { recursive: true });
  const lock = await lockFile(join(root, "cdk.out", "synthesis.lock"), synthesisLockWaitMs);
  if (lock === undefined) throw new StartRefused("another start has been synthesizing for a minute; try again");
  try {
    if (await isThere(directory)) return used(directory);
    const startedMs = Date.now();
    const unfinished = `${directory}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await run(root, ["lib/bundle.ts"], {});
    await run(root, ["bin/app.ts"], { CDK_OUTDIR: unfinished, CDK_CONTEXT_JSON: JSON.stringify(localSettings) });
    await rename(unfinished, directory);
    await removeOld(assemblies);
    log.info("app synthesized", { elapsedMs: Date.now() - startedMs });
    return directory;
  } finally {
    lock.release();
  }
}

async function sourceHash(root: string): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(localSettings));
  // What a build leaves behind is made from the sources, not one of them.
  const paths: string[] = [];
  for (const pattern of sources)
    for await (const path of glob(pattern, { cwd: root, exclude: ["**/dist"] })) paths.push(path);
  for (const path of paths.sort()) {
    if (!(await stat(join(root, path))).isFile()) continue;
    hash.update(`${path}\0`).update(await readFile(join(root, path)));
  }
  return hash.digest("hex").slice(0, 16);
}

function run(root: string, program: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, program, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", code => {
      if (code === 0) resolve();
      else reject(new StartRefused(`node ${program.join(" ")} failed:\n${Buffer.concat(output).toString().trimEnd()}`));
    });
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (z.object({ code: z.literal("ENOENT") }).safeParse(error).success) return false;
    throw error;
  }
}

async function used(directory: string): Promise<string> {
  const now = new Date();
  await utimes(directory, now, now);
  return directory;
}

/** Keeps the assemblies that were used last: a running installation may still load code from one of them. */
async function removeOld(assemblies: string): Promise<void> {
  const found: { path: string; usedMs: number }[] = [];
  for await (const name of glob("*", { cwd: assemblies })) {
    const path = join(assemblies, name);
    found.push({ path, usedMs: (await stat(path)).mtimeMs });
  }
  const old = found.sort((one, other) => other.usedMs - one.usedMs).slice(assembliesKept);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
