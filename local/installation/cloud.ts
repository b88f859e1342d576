import { loadAssembly } from "../assembly/assembly.ts";
import { type AwsFront, type AwsFrontOptions, startAwsFront } from "../aws/aws-front.ts";
import { openCredentials } from "../aws/credentials.ts";
import { fauxqsAccountId } from "../aws/fauxqs.ts";
import type { Logger } from "../aws/logger.ts";
import { Services } from "../ecs/services.ts";
import { Closing } from "./closing.ts";
import { openFrontDoor } from "./front-door.ts";
import type { AccessKey, Ground } from "./ground.ts";
import { LocalPrincipals } from "./principals.ts";
import { closeClients, openClients } from "./provision/provision.ts";
import { startFunctions } from "./running-functions.ts";
import { startTasks } from "./running-tasks.ts";
import { reportDifferences } from "./start-report.ts";

export const region = "us-east-1";
const accountId = fauxqsAccountId;

export interface CloudOptions {
  readonly assemblyDir: string;
  /** Everything durable lies below it. */
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly ports: { readonly edge: number; readonly api: number; readonly aws: number };
  /** What functions and tasks are told here and never on AWS. */
  readonly functionAdditions: Readonly<Record<string, string>>;
  readonly taskAdditions: Readonly<Record<string, string>>;
  /** Lambda environments at most. */
  readonly environmentsMax: number;
  /** Tasks of each service; the template's own count unless told. */
  readonly desiredCount?: number;
  /** Told whenever a task started or ended. */
  readonly onHosts: (hosts: Services["hosts"]) => void;
  /** Aborted as soon as the process is told to stop: a task that ends after that is not replaced. */
  readonly ending: AbortSignal;
  readonly log: Logger;
  readonly now: () => number;
  /** For tests: faults of the emulated AWS, and a look at what it did. */
  readonly hooks?: AwsHooks | undefined;
}

export type AwsHooks = Pick<AwsFrontOptions, "intercept" | "observe">;

export interface Cloud {
  readonly ports: { readonly edge: number; readonly api: number; readonly aws: number };
  /** The REST API's own address with its stage. */
  readonly adminUrl: string;
  readonly operator: AccessKey;
  readonly front: AwsFront;
  readonly hosts: Services["hosts"];
  /** Drains and ends everything, in at most about eight seconds. */
  stop(): Promise<void>;
  /** Ends the tasks at once, as a crash would. */
  kill(): void;
}

const requestGraceMs = 2_000;
const taskGraceMs = 5_000;

/** Runs the cloud assembly: its data, its functions, its API, its edge and its tasks. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const closing = new Closing();
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(options: CloudOptions, closing: Closing): Promise<Cloud> {
  const { log, now } = options;
  const door = await openFrontDoor({ ports: options.ports, log });
  closing.add(() => door.close(requestGraceMs));
  const services = new Services();
  const ground = await layGround(options, services, `127.0.0.1:${door.ports.edge}`, closing);
  const { assembly, front, principals } = ground;
  reportDifferences(assembly, principals, log);
  const clients = openClients(front.url, region, ground.accessKey(principals.runnerAccessKeyId));
  closing.add(async () => closeClients(clients));
  const { functionAdditions, environmentsMax } = options;
  const settings = { additions: functionAdditions, environmentsMax, log, now };
  const functions = await startFunctions(ground, clients, settings, closing);
  const { adminUrl } = door.serve({ ground, functions, s3: clients.s3, region, accountId, log, now });
  const { desiredCount, taskAdditions: additions, onHosts, ending } = options;
  const tasks = await startTasks(ground, services, { desiredCount, additions, onHosts, ending, log });
  // New requests are refused while the tasks drain; those under way still find everything they need.
  closing.add(async () => {
    await Promise.all([door.close(requestGraceMs), tasks.close(taskGraceMs)]);
  });
  return {
    ports: { ...door.ports, aws: Number(new URL(front.url).port) },
    adminUrl,
    operator: ground.accessKey(principals.operatorAccessKeyId),
    front,
    get hosts() {
      return services.hosts;
    },
    stop: () => closing.close(),
    kill: () => tasks.kill(),
  };
}

/** Starts the emulated AWS first, because the template's own values name its address. */
async function layGround(
  { assemblyDir, dataDir, ports, log, now, hooks }: CloudOptions,
  services: Services,
  edgeHost: string,
  closing: Closing,
): Promise<Ground> {
  let principals: LocalPrincipals | undefined;
  const front = await startAwsFront({
    dataDir,
    port: ports.aws,
    region,
    accountId,
    callerOf: id => principals?.callerOf(id),
    policyOf: roleName => principals?.policyOf(roleName) ?? [],
    ecs: services,
    log,
    now,
    ...hooks,
  });
  closing.add(() => front.stop());
  const assembly = await loadAssembly(assemblyDir, { region, accountId, awsUrl: front.url, edgeHost });
  principals = new LocalPrincipals(assembly);
  const { secretOf } = openCredentials(dataDir);
  const accessKey = (accessKeyId: string): AccessKey => ({ accessKeyId, secretAccessKey: secretOf(accessKeyId) });
  return { assembly, front, principals, accessKey };
}
