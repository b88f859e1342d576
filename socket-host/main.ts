import { systemNow } from "../domain/clock.ts";
import { EnvironmentInvalid, parseEnvironment } from "../domain/environment.ts";
import { type Log, openLog } from "../domain/log.ts";
import { baileysEngine } from "./baileys/engine.ts";
import { SocketHostEnvironment } from "./environment.ts";
import { startHost } from "./start-host.ts";

const exitCodes = { drained: 0, crashed: 1, environmentInvalid: 2 } as const;

/** Runs one socket host until it is told to stop. */
async function main(): Promise<void> {
  const environment = parseEnvironment(SocketHostEnvironment, process.env);
  const log = openLog({ name: "socket-host", level: environment.LOG_LEVEL });
  crashLoudly(log);
  const engine = baileysEngine({
    webSocketUrl: environment.WA_WEBSOCKET_URL,
    noiseRoot: environment.WA_NOISE_ROOT,
    deviceName: environment.DEVICE_NAME,
  });
  const monotonic = () => performance.now();
  const starting = startHost({ environment, engine, log, now: systemNow, monotonic, random: Math.random });
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.info("signal received", { signal, stopping });
      if (stopping) return;
      stopping = true;
      void starting.then(host => host.stop()).then(() => process.exit(exitCodes.drained));
    });
  }
  await starting;
}

/** An error nobody expected leaves this process in a state nobody knows: its sessions are safer with another one. */
function crashLoudly(log: Log): void {
  const crash = (what: string) => (error: unknown) => {
    log.error(what, { error });
    process.exit(exitCodes.crashed);
  };
  process.on("uncaughtException", crash("uncaught exception"));
  process.on("unhandledRejection", crash("unhandled rejection"));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
  process.exit(error instanceof EnvironmentInvalid ? exitCodes.environmentInvalid : exitCodes.crashed);
});
