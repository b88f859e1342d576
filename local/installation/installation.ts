import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../aws/logger.ts";
import { Closing } from "./closing.ts";
import { type AwsHooks, type Cloud, region, startCloud } from "./cloud.ts";
import { DataFolder } from "./data-folder.ts";
import { type DemoTenant, demoTenant } from "./demo-tenant.ts";
import { type InstallationRecord, recordInstallation, stateFolder } from "./installation-record.ts";
import { logOutput } from "./output-lines.ts";
import { rememberedPorts, rememberPorts, requireFree } from "./ports.ts";
import { type Simulator, startSimulator } from "./simulator.ts";
import type { StartOptions } from "./start-options.ts";
import { synthesize } from "./synthesis.ts";

/** What `--json` prints on one line when everything is up. */
export interface ReadyLine {
  readonly ready: true;
  readonly api: string;
  readonly console: string;
  readonly docs: string;
  /** Null with `--whatsapp live`: the phones are real then. */
  readonly simulator: string | null;
  readonly apiKey: string;
  readonly tenantId: string;
  readonly hosts: readonly { readonly id: string; readonly pid: number }[];
  readonly aws: { readonly dynamodb: string; readonly sqs: string; readonly sns: string; readonly s3: string };
}

export interface Installation {
  readonly ready: ReadyLine;
  /** Drains and ends everything, in at most ten seconds. */
  stop(): Promise<void>;
  /** Ends the child processes at once, as a crash would; what was promised is on the disk. */
  kill(): void;
}

export interface InstallationOptions extends Omit<StartOptions, "json" | "logLevel"> {
  readonly log: Logger;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted as soon as the process is told to stop: its children were told as well, and their end is no accident. */
  readonly ending: AbortSignal;
  /** Told when a part that nobody replaces has ended: the installation is of no use then. */
  readonly onBroken: (reason: string) => void;
  readonly hooks?: AwsHooks;
}

const checkout = join(import.meta.dirname, "..", "..");
const simulatorGraceMs = 2_000;

/**
 * Starts everything that `npm start` promises: the synthesized template on embedded emulators, the simulated WhatsApp
 * and the demo tenant.
 * @throws StartRefused for what the person at the terminal can mend
 */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const closing = new Closing();
  const stopping = new AbortController();
  const ending = AbortSignal.any([options.ending, stopping.signal]);
  try {
    const installation = await start({ ...options, ending }, closing);
    const stop = (): Promise<void> => {
      stopping.abort();
      return installation.stop();
    };
    return { ...installation, stop };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(options: InstallationOptions, closing: Closing): Promise<Installation> {
  const folder = await DataFolder.open(options.dataDir, { fresh: options.fresh });
  closing.add(async () => folder.release());
  if (options.port !== 0) await requireFree(options.port);
  const ports = await rememberedPorts(folder);
  const [simulator, assemblyDir] = await Promise.all([
    simulatorOf(options, folder, ports, closing),
    synthesize(checkout, options.log),
  ]);
  const cloud = await startCloud({
    assemblyDir,
    dataDir: await folder.folder("aws"),
    ports: { ...ports, edge: options.port === 0 ? ports.edge : options.port },
    functionAdditions: {
      // Customers' endpoints stand on this machine here, which is refused anywhere else.
      ALLOW_LOOPBACK_WEBHOOKS: "true",
      ALLOW_LOOPBACK_MEDIA: "true",
      ALLOW_LOOPBACK_PROXIES: "true",
      ...versionSourceOf(simulator),
      // A few deliveries run at once here, a fraction of those on AWS: an endpoint that never answers holds two at most.
      ENDPOINT_SLOTS_MAX: "2",
      // As many hosts as were asked for, and more when their sessions need them; what else this machine does is no reason.
      HOSTS_MIN: String(options.hosts),
      HOST_LOAD_MAX: "0",
    },
    taskAdditions: hostAdditions(options, simulator, await trustedByHosts(options, simulator, folder)),
    environmentsMax: options.environments,
    desiredCount: options.hosts,
    onHosts: hosts => simulator?.tellHosts(hosts),
    ending: options.ending,
    log: options.log,
    now: Date.now,
    hooks: options.hooks,
  });
  closing.add(() => cloud.stop());
  const record = recordOf(folder, cloud);
  const recorded = await recordInstallation(record, folder, stateFolder(options.environment));
  closing.add(() => recorded.remove());
  const tenant = await demoTenant(folder, record);
  await rememberPorts(folder, {
    ...cloud.ports,
    websocket: portOf(simulator?.websocketUrl) ?? ports.websocket,
    control: portOf(simulator?.controlUrl) ?? ports.control,
  });
  return {
    ready: readyLine(cloud, simulator, tenant),
    stop: () => closing.close(),
    kill: () => {
      simulator?.kill();
      cloud.kill();
    },
  };
}

async function simulatorOf(
  options: InstallationOptions,
  folder: DataFolder,
  ports: { readonly websocket: number; readonly control: number },
  closing: Closing,
): Promise<Simulator | undefined> {
  if (options.whatsapp === "live") return undefined;
  const simulator = await startSimulator({
    dataDir: await folder.folder("whatsapp"),
    websocketPort: ports.websocket,
    controlPort: ports.control,
    onOutput: stream => logOutput(stream, "whatsapp", options.log),
    onDeath: how => {
      if (options.ending.aborted) return;
      options.log.error("simulated whatsapp ended by itself", how);
      options.onBroken("the simulated WhatsApp ended by itself");
    },
  });
  closing.add(() => simulator.stop(simulatorGraceMs));
  return simulator;
}

/** Node reads one file of further authorities: whoever has named one already needs the simulated media host beside it. */
async function trustedByHosts(
  { extraCaCerts }: InstallationOptions,
  simulator: Simulator | undefined,
  folder: DataFolder,
): Promise<string | undefined> {
  const own = simulator?.caCertificatePath;
  if (extraCaCerts === undefined || own === undefined) return extraCaCerts ?? own;
  const path = join(await folder.folder("whatsapp"), "trusted.pem");
  const files = await Promise.all([extraCaCerts, own].map(each => readFile(each, "utf8")));
  await writeFile(path, files.join("\n"));
  return path;
}

/** The simulated WhatsApp says which version is the present one; of the real one web.whatsapp.com does. */
function versionSourceOf(simulator: Simulator | undefined): Record<string, string> {
  return simulator === undefined ? {} : { WHATSAPP_VERSION_URL: `${simulator.controlUrl}/sw.js` };
}

/** What a socket host is told here and never on AWS. */
function hostAdditions(
  options: InstallationOptions,
  simulator: Simulator | undefined,
  caCerts: string | undefined,
): Record<string, string> {
  const websocketUrl = options.websocketUrl ?? simulator?.websocketUrl;
  // Another server has a root of its own: ours must not be pinned for it.
  const noiseRoot = options.noiseRoot ?? (options.websocketUrl === undefined ? simulator?.noiseRoot : undefined);
  return {
    // Several hosts share one machine here, and not its ports.
    HEALTH_PORT: "0",
    // And its memory: V8 keeps three young generations of this many megabytes, 16 unless told.
    NODE_OPTIONS: "--max-semi-space-size=4",
    // A customer's files and proxies stand on this machine too.
    ALLOW_LOOPBACK_MEDIA: "true",
    ALLOW_LOOPBACK_PROXIES: "true",
    ...versionSourceOf(simulator),
    ...(websocketUrl === undefined ? {} : { WA_WEBSOCKET_URL: websocketUrl }),
    ...(noiseRoot === undefined ? {} : { WA_NOISE_ROOT: noiseRoot }),
    ...(caCerts === undefined ? {} : { NODE_EXTRA_CA_CERTS: caCerts }),
  };
}

function recordOf(folder: DataFolder, cloud: Cloud): InstallationRecord {
  return {
    dataDir: folder.path,
    adminUrl: cloud.adminUrl,
    region,
    ...cloud.operator,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  };
}

function readyLine(cloud: Cloud, simulator: Simulator | undefined, tenant: DemoTenant): ReadyLine {
  const api = `http://127.0.0.1:${cloud.ports.edge}`;
  return {
    ready: true,
    api,
    console: `${api}/`,
    docs: `${api}/docs`,
    simulator: simulator?.controlUrl ?? null,
    apiKey: tenant.apiKey,
    tenantId: tenant.tenantId,
    hosts: cloud.hosts,
    aws: cloud.front.endpoints,
  };
}

function portOf(url: string | undefined): number | undefined {
  return url === undefined ? undefined : Number(new URL(url).port);
}
