import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { DataFolder } from "./data-folder.ts";
import { StartRefused } from "./start-refused.ts";

const Port = z.number().int().min(1).max(65_535);
const Ports = z.object({ edge: Port, api: Port, aws: Port, websocket: Port, control: Port });
export type Ports = z.infer<typeof Ports>;

const fileName = "ports.json";
const lingeringMs = 3_000;

/**
 * The ports that this data folder had last time, as far as they are free now; 0 for those that are not. Addresses that
 * stay the same across a restart keep printed commands, open pages and presigned URLs alive.
 */
export async function rememberedPorts(folder: DataFolder): Promise<Ports> {
  const last = await folder.read(fileName, Ports);
  // A child of an installation that was killed may hold its port for a moment longer than that held its lock.
  const untilMs = Date.now() + lingeringMs;
  const free = async (port: number | undefined): Promise<number> => {
    if (port === undefined) return 0;
    for (;;) {
      if (await isFree(port)) return port;
      if (Date.now() >= untilMs) return 0;
      await sleep(50);
    }
  };
  return {
    edge: await free(last?.edge),
    api: await free(last?.api),
    aws: await free(last?.aws),
    websocket: await free(last?.websocket),
    control: await free(last?.control),
  };
}

export async function rememberPorts(folder: DataFolder, ports: Ports): Promise<void> {
  await folder.write(fileName, ports);
}

/** @throws StartRefused where the port is taken; found out before anything slow is done. */
export async function requireFree(port: number): Promise<void> {
  if (!(await isFree(port))) throw new StartRefused(`port ${port} is in use; choose another with --port`);
}

/** Whether a port of loopback can be listened on now. */
function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
