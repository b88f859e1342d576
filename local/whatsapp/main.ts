import { parseArgs } from "node:util";
import * as z from "zod";
import { openLog } from "../../domain/log.ts";
import { type RunningWhatsApp, startWhatsApp } from "./server.ts";

const EXIT_DEADLINE_MS = 1_500;

const Port = z.coerce.number().int().min(0).max(65_535);
const Arguments = z.strictObject({ data: z.string().min(1), "websocket-port": Port, "control-port": Port });
const HostsMessage = z.object({
  type: z.literal("hosts"),
  hosts: z.array(z.object({ id: z.string(), pid: z.number().int() })),
});

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    "websocket-port": { type: "string", default: "0" },
    "control-port": { type: "string", default: "0" },
  },
});
const options = Arguments.parse(values);

const whatsapp = await startWhatsApp({
  dataDir: options.data,
  websocketPort: options["websocket-port"],
  controlPort: options["control-port"],
  log: openLog({ name: "whatsapp", write: line => void process.stderr.write(line) }),
}).catch(failToStart);

process.on("message", message => {
  const parsed = HostsMessage.safeParse(message);
  if (parsed.success) whatsapp.setHosts(parsed.data.hosts);
});
// A parent that died cannot say so; its end of the channel closes.
process.on("disconnect", () => void stop(whatsapp));
process.on("SIGTERM", () => void stop(whatsapp));
process.on("SIGINT", () => void stop(whatsapp));
announce(whatsapp);

function announce({ websocketUrl, controlUrl, noiseRoot, caCertificatePath }: RunningWhatsApp): void {
  const root = noiseRoot.toString("base64");
  const ready = { type: "ready", websocketUrl, controlUrl, noiseRoot: root, caCertificatePath };
  process.send?.(ready);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** One line for whoever started this process, who has nothing to gain from a stack trace. */
function failToStart(error: unknown): never {
  process.stderr.write(
    `the simulated WhatsApp cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
}

async function stop(running: RunningWhatsApp): Promise<void> {
  // Whatever is still under way is in the database; nothing is worth holding up the exit for.
  setTimeout(() => process.exit(0), EXIT_DEADLINE_MS).unref();
  await running.close();
  process.exit(0);
}
