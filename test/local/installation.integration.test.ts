import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { InstallationRecord } from "../../local/installation/installation-record.ts";
import { eventually } from "./fixture/waiting.ts";

// The product itself, as `npm start -- --json` runs it.
const program = join(import.meta.dirname, "..", "..", "local", "start.ts");
const Hosts = z.array(z.strictObject({ id: z.string(), pid: z.number() }));
const Ready = z.strictObject({
  ready: z.literal(true),
  api: z.url(),
  console: z.url(),
  docs: z.url(),
  simulator: z.url(),
  apiKey: z.string().startsWith("wa_"),
  tenantId: z.string().startsWith("ten_"),
  hosts: Hosts.min(1),
  aws: z.strictObject({ dynamodb: z.url(), sqs: z.url(), sns: z.url(), s3: z.url() }),
});

interface Running {
  readonly ready: z.infer<typeof Ready>;
  readonly child: ChildProcess;
  readonly stderr: string[];
  readonly exited: Promise<number | null>;
}

let dataDir: string;
let stateDir: string;
const groups: number[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "installation-"));
  stateDir = await mkdtemp(join(tmpdir(), "state-"));
});
afterAll(async () => {
  for (const pid of groups) signalGroup(pid, "SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
  await rm(stateDir, { recursive: true, force: true });
});

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!z.object({ code: z.literal("ESRCH") }).safeParse(error).success) throw error;
  }
}

async function start(...flags: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [program, "--json", "--port", "0", "--data", dataDir, ...flags], {
    detached: true,
    env: { ...process.env, XDG_STATE_HOME: stateDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  groups.push(child.pid ?? 0);
  const stderr: string[] = [];
  createInterface({ input: child.stderr }).on("line", line => stderr.push(line));
  const exited = once(child, "exit").then(([exitCode]) => exitCode as number | null);
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([first]) => String(first)),
    exited.then(exitCode => Promise.reject(new Error(`ended with ${exitCode}: ${stderr.slice(-5).join("\n")}`))),
  ]);
  return { ready: Ready.parse(JSON.parse(line)), child, stderr, exited };
}

const ask = ({ ready }: Running, path: string): Promise<Response> =>
  fetch(`${ready.api}${path}`, { headers: { authorization: `Bearer ${ready.apiKey}` } });

const hostsNow = async ({ ready }: Running): Promise<z.infer<typeof Hosts>> =>
  Hosts.parse(await (await fetch(`${ready.simulator}/hosts`)).json());

const records = (): Promise<string[]> => readdir(join(stateDir, "wasaas", "installations"));

describe("an installation", () => {
  let first: Running;

  it("gets ready with a demo tenant whose key works", async () => {
    first = await start("--fresh");
    expect((await ask(first, "/api/sessions")).status).toBe(200);
    expect((await fetch(`${first.ready.api}/health`)).status).toBe(200);
  }, 60_000);

  it("starts without a warning of anything ignored or refused on AWS", () => {
    const reports = ["has no effect here", "permission is missing on aws", "edge differs from aws"];
    expect(first.stderr.filter(line => reports.some(report => line.includes(report)))).toEqual([]);
  });

  it("keeps its secrets to its user, and can be found by the operator's command line", async () => {
    const [name = ""] = await records();
    const path = join(stateDir, "wasaas", "installations", name);
    const record = InstallationRecord.parse(JSON.parse(await readFile(path, "utf8")));
    expect(record).toMatchObject({ dataDir, pid: first.child.pid });
    for (const file of [path, join(dataDir, "installation.json"), join(dataDir, "demo-tenant.json")]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  it("replaces a socket host that dies, and the simulator's list follows", async () => {
    const [before] = await hostsNow(first);
    expect(await hostsNow(first)).toEqual(first.ready.hosts);
    process.kill(before?.pid ?? 0, "SIGKILL");
    await eventually("another host is listed", async () => {
      const [host] = await hostsNow(first);
      return host !== undefined && host.pid !== before?.pid ? host : undefined;
    });
  });

  it("drains within ten seconds when its process group is told to stop, and is no longer listed", async () => {
    signalGroup(first.child.pid ?? 0, "SIGTERM");
    // It would end with 1 had it needed more.
    expect(await first.exited).toBe(0);
    expect(await records()).toEqual([]);
    expect(first.stderr.filter(line => line.includes("ended by itself"))).toHaveLength(1);
  }, 20_000);

  it("is the same one when it starts again after a kill of everything: addresses, tenant and key", async () => {
    const second = await start();
    expect({ ...second.ready, hosts: [] }).toEqual({ ...first.ready, hosts: [] });
    signalGroup(second.child.pid ?? 0, "SIGKILL");
    await second.exited;
    const third = await start("--hosts", "2");
    expect({ ...third.ready, hosts: [] }).toEqual({ ...first.ready, hosts: [] });
    expect(third.ready.hosts).toHaveLength(2);
    expect((await ask(third, "/api/sessions")).status).toBe(200);
    signalGroup(third.child.pid ?? 0, "SIGTERM");
    expect(await third.exited).toBe(0);
  }, 60_000);

  it("has no simulator with --whatsapp live", async () => {
    const child = spawn(
      process.execPath,
      [program, "--json", "--port", "0", "--data", dataDir, "--fresh", "--whatsapp", "live", "--hosts", "0"],
      { detached: true, env: { ...process.env, XDG_STATE_HOME: stateDir }, stdio: ["ignore", "pipe", "ignore"] },
    );
    groups.push(child.pid ?? 0);
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    expect(JSON.parse(String(line))).toMatchObject({ ready: true, simulator: null, hosts: [] });
    const exited = once(child, "exit");
    signalGroup(child.pid ?? 0, "SIGINT");
    expect((await exited)[0]).toBe(0);
  }, 60_000);
});

describe("an installation whose simulated WhatsApp dies", () => {
  it("says so and ends with 1, because nothing works without it", async () => {
    const running = await start("--fresh");
    process.kill(await childOf(running.child.pid ?? 0, "local/whatsapp/main.ts"), "SIGKILL");
    expect(await running.exited).toBe(1);
    expect(running.stderr.some(line => line.includes("simulated whatsapp ended by itself"))).toBe(true);
  }, 60_000);
});

/** The process that a parent started with this program, as Linux lists its processes. */
async function childOf(parent: number, program: string): Promise<number> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [stat, command] = await Promise.all([
      readFile(`/proc/${name}/stat`, "utf8").catch(() => ""),
      readFile(`/proc/${name}/cmdline`, "utf8").catch(() => ""),
    ]);
    // The fourth field is the parent; the second is a name in brackets that may itself hold spaces.
    const parentId = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    if (Number(parentId) === parent && command.includes(program)) return Number(name);
  }
  throw new Error(`process ${parent} has no child that runs ${program}`);
}
