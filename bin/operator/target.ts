import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { InstallationRecord, stateFolder } from "../../local/installation/installation-record.ts";
import { OperatorError } from "./operator-error.ts";

/** An installation's admin routes, and who signs the requests to them. */
export interface Target {
  /** Ends before `/admin`. */
  readonly baseUrl: string;
  readonly region: string;
  readonly credentials: Credentials | (() => Promise<Credentials>);
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface TargetOptions {
  readonly adminUrl?: string | undefined;
  readonly data?: string | undefined;
}

/**
 * Which installation is meant: the admin URL told, else the data folder told, else WASAAS_ADMIN_URL, else WASAAS_DATA,
 * else the newest local one that is running.
 */
export async function findTarget(options: TargetOptions, environment: NodeJS.ProcessEnv): Promise<Target> {
  if (options.adminUrl !== undefined) return onAws(options.adminUrl, environment);
  if (options.data !== undefined) return inFolder(options.data);
  if (environment.WASAAS_ADMIN_URL) return onAws(environment.WASAAS_ADMIN_URL, environment);
  if (environment.WASAAS_DATA) return inFolder(environment.WASAAS_DATA);
  return newestRunning(stateFolder(environment));
}

function onAws(adminUrl: string, environment: NodeJS.ProcessEnv): Target {
  const url = URL.canParse(adminUrl) ? new URL(adminUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new OperatorError(`the admin URL is not an http(s) URL: ${adminUrl}`, { exitCode: 2 });
  }
  const region = /\.execute-api\.([a-z0-9-]+)\./.exec(url.hostname)?.[1] ?? environment.AWS_REGION;
  if (region === undefined || region === "") {
    throw new OperatorError("the admin URL does not tell its region: set AWS_REGION", { exitCode: 2 });
  }
  return { baseUrl: baseOf(adminUrl), region, credentials: fromNodeProviderChain() };
}

/** The stack's output ends in `/admin`, a local record before it: both are understood. */
function baseOf(adminUrl: string): string {
  return adminUrl.replace(/\/+$/, "").replace(/\/admin$/, "");
}

async function inFolder(folder: string): Promise<Target> {
  const path = join(resolve(folder), "installation.json");
  const record = await readRecord(path);
  if (record === undefined)
    throw new OperatorError(`no installation runs on ${resolve(folder)}: start it with npm start`);
  if (!isAlive(record.pid)) throw new OperatorError(`the installation on ${resolve(folder)} is not running`);
  return locally(record);
}

async function newestRunning(stateDir: string): Promise<Target> {
  const names = (await listed(stateDir)).filter(name => name.endsWith(".json"));
  const records = await Promise.all(names.map(name => readRecord(join(stateDir, name))));
  const running = records.filter(record => record !== undefined).filter(record => isAlive(record.pid));
  const newest = running.sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1))[0];
  if (newest === undefined) {
    throw new OperatorError(
      "no local installation is running: start one with npm start, or name one with --data DIR or --admin-url URL",
    );
  }
  return locally(newest);
}

function locally({ adminUrl, region, accessKeyId, secretAccessKey }: InstallationRecord): Target {
  return { baseUrl: baseOf(adminUrl), region, credentials: { accessKeyId, secretAccessKey } };
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A record, or undefined where there is none: an installation that stops takes its own away at any moment. */
async function readRecord(path: string): Promise<InstallationRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new OperatorError(`${path} cannot be read`, { cause: error });
  }
  try {
    return InstallationRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new OperatorError(`${path} is not the record of an installation`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Signal 0 only asks. EPERM says that it runs, as somebody else. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
