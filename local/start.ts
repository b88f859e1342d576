import { AssemblyError } from "./assembly/assembly-error.ts";
import { type Installation, startInstallation } from "./installation/installation.ts";
import { jsonLogger } from "./installation/json-logger.ts";
import { readyText } from "./installation/ready-text.ts";
import { asksForHelp, helpText, startOptions } from "./installation/start-options.ts";
import { StartRefused } from "./installation/start-refused.ts";

// A drain that hangs must not keep a terminal, or a test, waiting: SIGTERM is answered within ten seconds.
const stopDeadlineMs = 9_500;

const stopping = new AbortController();

function fail(error: unknown): never {
  // What the person can mend is said in one line; anything else is our defect and needs its stack.
  const expected = error instanceof StartRefused || error instanceof AssemblyError;
  const text = expected || !(error instanceof Error) ? `wasaas: ${expected ? error.message : error}` : error.stack;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function end(installation: Promise<Installation>, exitCode: number): void {
  if (stopping.signal.aborted) return;
  stopping.abort();
  const late = `wasaas: not everything had stopped after ${stopDeadlineMs / 1000} s\n`;
  setTimeout(() => {
    process.stderr.write(late);
    process.exit(1);
  }, stopDeadlineMs).unref();
  installation.then(
    running => running.stop().then(() => process.exit(exitCode), fail),
    () => {
      // Whoever awaits the start says what became of it.
    },
  );
}

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (asksForHelp(argv)) {
    process.stdout.write(helpText);
    return;
  }
  const options = startOptions(argv, process.env);
  const level = options.logLevel ?? (options.json ? "info" : "warn");
  const log = jsonLogger(line => process.stderr.write(line), level, Date.now);
  const installation = startInstallation({
    ...options,
    log,
    environment: process.env,
    ending: stopping.signal,
    onBroken: () => end(installation, 1),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => end(installation, 0));
  const { ready } = await installation.catch((error: unknown) => {
    // Told to stop before it had started, it loses its children half way: that is no failure.
    if (stopping.signal.aborted) process.exit(0);
    throw error;
  });
  process.stdout.write(options.json ? `${JSON.stringify(ready)}\n` : readyText(ready));
}

await main().catch(fail);
