import { parseArgs } from "node:util";
import * as z from "zod";
import type { LogLevel } from "./json-logger.ts";
import { StartRefused } from "./start-refused.ts";

export interface StartOptions {
  /** 0 picks free ports. */
  readonly port: number;
  readonly dataDir: string;
  readonly fresh: boolean;
  readonly whatsapp: "simulated" | "live";
  readonly hosts: number;
  /** Lambda environments at most; each takes about 40 MB. */
  readonly environments: number;
  readonly json: boolean;
  readonly logLevel: LogLevel | undefined;
  /** Another server that speaks WhatsApp's protocol, and the root (base64) its certificates must chain to. */
  readonly websocketUrl: string | undefined;
  readonly noiseRoot: string | undefined;
  readonly extraCaCerts: string | undefined;
}

const usage =
  "usage: npm start -- [--port 3000] [--data .wasaas] [--fresh] [--whatsapp simulated|live] [--hosts 1] [--environments 20] [--json]";

/** What `--help` answers. */
export const helpText = `WASaaS on this machine: the deployed template on embedded emulators.

${usage}

  --port N        where the API listens (3000); 0 takes free ports
  --data DIR      where everything is kept (.wasaas)
  --fresh         begin with nothing
  --whatsapp W    simulated, or live: the real WhatsApp, with real phones
  --hosts N       how many socket hosts (1)
  --environments N  how many Lambda environments at most, 40 MB each (20)
  --json          one line of JSON on stdout when ready; the log on stderr
  --help          this text

environment: LOG_LEVEL; WA_WEBSOCKET_URL and WA_NOISE_ROOT (base64) for another server that speaks WhatsApp's protocol.
`;

/** Whether the command line asks what it may say. */
export function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes("--help") || argv.includes("-h");
}

const WholeNumber = z.string().regex(/^\d+$/, "must be a whole number").transform(Number);
const Flags = z.object({
  port: WholeNumber.pipe(z.number().max(65_535)).default(3000),
  data: z.string().min(1).default(".wasaas"),
  fresh: z.boolean().default(false),
  whatsapp: z.enum(["simulated", "live"]).default("simulated"),
  hosts: WholeNumber.pipe(z.number().max(100)).default(1),
  environments: WholeNumber.pipe(z.number().min(4).max(200)).default(20),
  json: z.boolean().default(false),
});
const Environment = z.object({
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).optional(),
  WA_WEBSOCKET_URL: z.url({ protocol: /^wss?$/ }).optional(),
  WA_NOISE_ROOT: z
    .base64()
    .refine(root => Buffer.from(root, "base64").length === 32, "must be 32 bytes")
    .optional(),
  NODE_EXTRA_CA_CERTS: z.string().optional(),
});

/** Reads the command line and the environment. @throws StartRefused naming every fault in one line */
export function startOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): StartOptions {
  const flags = check("--", Flags, readFlags(argv));
  // A variable that is set to nothing is one that is not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const variables = check("", Environment, given);
  return {
    port: flags.port,
    dataDir: flags.data,
    fresh: flags.fresh,
    whatsapp: flags.whatsapp,
    hosts: flags.hosts,
    environments: flags.environments,
    json: flags.json,
    logLevel: variables.LOG_LEVEL,
    websocketUrl: variables.WA_WEBSOCKET_URL,
    noiseRoot: variables.WA_NOISE_ROOT,
    extraCaCerts: variables.NODE_EXTRA_CA_CERTS,
  };
}

function readFlags(argv: readonly string[]): object {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: "string" },
        data: { type: "string" },
        fresh: { type: "boolean" },
        whatsapp: { type: "string" },
        hosts: { type: "string" },
        environments: { type: "string" },
        json: { type: "boolean" },
      },
    }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(/\. |\n/, 1)[0] ?? "") : String(cause);
    throw new StartRefused(`${reason}; ${usage}`, { cause });
  }
}

function check<Schema extends z.ZodType>(prefix: string, schema: Schema, value: object): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${prefix}${path.join(".")}: ${message}`);
  throw new StartRefused(faults.join("; "), { cause: parsed.error });
}
