import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "../eventually.ts";
import { HostStage } from "../socket-host/host-stage.ts";
import { type Bench, percentile } from "./bench.ts";

const main = join(import.meta.dirname, "../../socket-host/main.ts");
const sessions = 6;
const kills = Number(process.env.FAILOVER_KILLS ?? 50);
const terminations = Number(process.env.FAILOVER_TERMINATIONS ?? 10);
const comeBackWithinMs = 120_000;

interface Line {
  readonly time: string;
  readonly message: string;
  readonly hostId?: string;
  readonly sessionId?: string;
  readonly to?: string;
}

/** Host processes and what they say of the sessions' connections. */
class Hosts {
  readonly stage: HostStage;
  readonly lines: Line[] = [];
  readonly #running = new Map<string, ChildProcess>();

  constructor(stage: HostStage) {
    this.stage = stage;
  }

  async start(): Promise<void> {
    const aws = Object.entries(process.env).filter(([name]) => name.startsWith("AWS_") || name === "PATH");
    const env = { ...Object.fromEntries(aws), ...this.stage.processEnvironment };
    const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
    const { promise, resolve } = Promise.withResolvers<string>();
    createInterface({ input: child.stdout }).on("line", text => {
      const line: Line = JSON.parse(text);
      this.lines.push(line);
      if (line.message === "host started") resolve(line.hostId ?? "");
    });
    this.#running.set(await promise, child);
  }

  /** The last word on a session's connection, by whichever host. */
  lastOf(sessionId: string): Line | undefined {
    return this.lines.findLast(line => line.sessionId === sessionId && line.message === "connection changed");
  }

  /** The host with the most connections. */
  get busiest(): string {
    const held = [...this.#running.keys()].map(hostId => ({ hostId, count: this.heldBy(hostId).length }));
    return held.toSorted((a, b) => b.count - a.count)[0]?.hostId ?? "";
  }

  heldBy(hostId: string): string[] {
    const ids = new Set(this.lines.flatMap(({ sessionId }) => (sessionId === undefined ? [] : [sessionId])));
    return [...ids].filter(id => {
      const last = this.lastOf(id);
      return last?.hostId === hostId && last.to === "connected";
    });
  }

  async end(hostId: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running.get(hostId);
    if (child === undefined) return;
    this.#running.delete(hostId);
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  async close(): Promise<void> {
    for (const hostId of [...this.#running.keys()]) await this.end(hostId, "SIGKILL");
    await this.stage.close();
  }
}

const timeOf = (line: Line | undefined) => Date.parse(line?.time ?? "");

/** How long each of a host's sessions takes to be connected elsewhere, from a moment that `since` tells. */
async function comeBack(hosts: Hosts, hostId: string, held: readonly string[], since: (id: string) => number) {
  await eventually(
    "its sessions to be connected elsewhere",
    () => held.every(id => hosts.lastOf(id)?.to === "connected" && hosts.lastOf(id)?.hostId !== hostId),
    comeBackWithinMs,
  );
  return held.map(id => timeOf(hosts.lastOf(id)) - since(id));
}

/** How long sessions are offline when their host is killed, and when it is told to stop. */
export const bench: Bench = {
  promise: "connected elsewhere at most 20 s after kill -9 (p99), offline at most 5 s after SIGTERM, no 440 by us",
  async run(say) {
    const hosts = new Hosts(await HostStage.open());
    try {
      await hosts.start();
      for (let place = 0; place < sessions; place++)
        await hosts.stage.linked(`55119000010${String(place).padStart(2, "0")}`);
      const killed: number[] = [];
      const stopped: number[] = [];
      for (let run = 0; run < kills; run++) {
        await hosts.start();
        const hostId = hosts.busiest;
        const held = hosts.heldBy(hostId);
        const killedAtMs = Date.now();
        await hosts.end(hostId, "SIGKILL");
        killed.push(...(await comeBack(hosts, hostId, held, () => killedAtMs)));
        say(`kill ${run + 1}: ${held.length} sessions, the last after ${killed.at(-1)} ms`);
      }
      for (let run = 0; run < terminations; run++) {
        await hosts.start();
        const hostId = hosts.busiest;
        const held = hosts.heldBy(hostId);
        await hosts.end(hostId, "SIGTERM");
        const left = (id: string) =>
          timeOf(hosts.lines.findLast(line => line.sessionId === id && line.hostId === hostId && line.to === "gone"));
        stopped.push(...(await comeBack(hosts, hostId, held, left)));
        say(`stop ${run + 1}: ${held.length} sessions, offline for at most ${Math.max(...stopped)} ms`);
      }
      const { replaced = 0 } = await hosts.stage.control.stats();
      return [
        { name: "connected elsewhere after kill -9, p50", value: percentile(killed, 50), unit: "ms" },
        { name: "connected elsewhere after kill -9, p99", value: percentile(killed, 99), unit: "ms" },
        { name: "offline after SIGTERM, p50", value: percentile(stopped, 50), unit: "ms" },
        { name: "offline after SIGTERM, most", value: Math.max(...stopped), unit: "ms" },
        { name: "sockets replaced by another of ours (440)", value: replaced, unit: "" },
      ];
    } finally {
      await hosts.close();
    }
  },
};
