import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { StartRefused } from "./start-refused.ts";

const Ready = z.object({
  type: z.literal("ready"),
  websocketUrl: z.url(),
  controlUrl: z.url(),
  noiseRoot: z.base64(),
  /** A file with the certificate that the simulated media host is signed by. */
  caCertificatePath: z.string().optional(),
});
type SimulatorAddresses = Omit<z.infer<typeof Ready>, "type">;

export interface SimulatorOptions {
  readonly dataDir: string;
  readonly websocketPort: number;
  readonly controlPort: number;
  readonly onOutput: (stream: Readable) => void;
  /** Told when it ends without having been stopped. */
  readonly onDeath: (how: { exitCode: number | null; signal: string | null }) => void;
}

export interface Simulator extends SimulatorAddresses {
  tellHosts(hosts: readonly { readonly id: string; readonly pid: number }[]): void;
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

/** Starts the simulated WhatsApp as a child process, which ends when its channel to us closes. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const program = fileURLToPath(new URL("../whatsapp/main.ts", import.meta.url));
  const flags = ["--data", options.dataDir];
  const ports = ["--websocket-port", String(options.websocketPort), "--control-port", String(options.controlPort)];
  const child = spawn(process.execPath, ["--max-semi-space-size=4", program, ...flags, ...ports], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let stopping = false;
  const exited = new Promise<void>(resolve => {
    child.once("exit", (exitCode, signal) => {
      if (!stopping) options.onDeath({ exitCode, signal });
      resolve();
    });
  });
  // Its readiness is announced on stdout too: we have it from the channel.
  child.stdout?.resume();
  if (child.stderr !== null) options.onOutput(child.stderr);
  const addresses = await readiness(child);
  return {
    ...addresses,
    tellHosts: hosts => {
      if (child.connected) child.send({ type: "hosts", hosts });
    },
    stop: async graceMs => {
      stopping = true;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(timer);
    },
    kill: () => {
      stopping = true;
      child.kill("SIGKILL");
    },
  };
}

function readiness(child: ChildProcess): Promise<SimulatorAddresses> {
  return new Promise((resolve, reject) => {
    child.on("message", message => {
      const ready = Ready.safeParse(message);
      if (ready.success) resolve(ready.data);
    });
    child.once("exit", code => reject(new StartRefused(`the simulated WhatsApp ended at its start (code ${code})`)));
  });
}
