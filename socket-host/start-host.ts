import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import type * as z from "zod";
import type { Now } from "../domain/clock.ts";
import { openDb } from "../domain/dynamodb/db.ts";
import { snsTopic } from "../domain/event/publisher.ts";
import type { Log } from "../domain/log.ts";
import { openMediaBucket } from "../domain/media/bucket.ts";
import { countingLog } from "../domain/metrics/counted-lines.ts";
import { EmfMetrics } from "../domain/metrics/emf.ts";
import { kmsDataKeys, secretBox } from "../domain/secret/envelope.ts";
import { sessionProxy } from "../domain/session/proxy.ts";
import { sealedPasskeys } from "../domain/session/sealed-passkey.ts";
import type { Session } from "../domain/session/session.ts";
import { tableNames } from "../domain/tables.ts";
import { presentVersion } from "../domain/whatsapp-version/present-version.ts";
import { CommandConsumer, type CommandConsumerOptions } from "./command-consumer.ts";
import { cpuLoad } from "./cpu-load.ts";
import { drainHost } from "./drain.ts";
import { type SocketHostEnvironment, tablesOfSocketHost } from "./environment.ts";
import { EventOutlet } from "./event-outlet.ts";
import { type HealthServer, serveHealth } from "./health.ts";
import { Host } from "./host.ts";
import { countWrites, measuredTopic, measureHost } from "./host-metrics.ts";
import type { HostParts } from "./host-parts.ts";
import { hostIdentity } from "./identity.ts";
import { sessionKeyring } from "./key-ring.ts";
import { LeaseRenewer, renewalTimeoutMs } from "./lease-renewer.ts";
import { LeaseTaker } from "./lease-taker.ts";
import { Loop, type LoopOptions } from "./loop.ts";
import { mediaFiles } from "./media-files.ts";
import { Slots } from "./slots.ts";
import { TaskProtection } from "./task-protection.ts";
import type { WhatsAppEngine } from "./whatsapp-port.ts";
import { versionSource } from "./whatsapp-version.ts";

export interface StartHostOptions {
  readonly environment: z.output<typeof SocketHostEnvironment>;
  readonly engine: WhatsAppEngine;
  readonly log: Log;
  readonly now: Now;
  /** The monotonic clock, in milliseconds; must go on while the process is stopped. */
  readonly monotonic: () => number;
  readonly random: () => number;
}

export interface RunningHost {
  readonly id: string;
  readonly healthPort: number;
  /** Hands everything over or closes it, and ends; resolves when nothing is left. */
  stop(): Promise<void>;
  /** Stops living as a killed process does: nothing is said, renewals end, and the sockets close when it is stale. */
  kill(): Promise<void>;
}

/** Work that no doorbell told of is found within this time. */
const sweepEveryMs = 15_000;
const measureEveryMs = 60_000;
const protectEveryMs = 5_000;
/**
 * A login costs a quarter of a second of CPU and waits for WhatsApp as long again; a host that takes over hundreds of
 * sessions must go on serving those that are connected.
 */
const loginsAtOnce = 6;
/** While renewals are slow, logins would starve them and the sessions that are connected. */
const loginsAtOnceWhileSlow = 2;
/** Of all sessions together: each may be a hundred megabytes on the task's disk for a while. */
const fetchesAtOnce = 8;

/** Starts a socket host in this process. Rejects where it cannot know who it is, renew for the first time, or serve its health. */
export async function startHost(options: StartHostOptions): Promise<RunningHost> {
  const { environment } = options;
  const id = await hostIdentity(environment.ECS_CONTAINER_METADATA_URI_V4);
  const plainLog = options.log.child({ hostId: id });
  const metrics = new EmfMetrics({ log: plainLog, now: options.now, namespace: environment.METRICS_NAMESPACE });
  const log = countingLog(plainLog, metrics.measure);
  const wired = wire(options, id, log, metrics);
  const { renewer, taker, host, loops } = wired;
  const sinceRenewalMs = () => renewer.sinceRenewalMs;
  const sources = {
    hostId: id,
    loops: [renewer.loop, taker.loop, ...loops],
    sinceRenewalMs,
    report: () => ({ ...host.report(), whatsAppVersion: wired.parts.version.report() }),
  };
  const health = await serveHealth(sources, environment.HEALTH_PORT);
  await renewer.renew();
  renewer.start();
  for (const loop of [taker.loop, ...loops, wired.measuring]) loop.start();
  log.info("host started", { shardCount: environment.SHARD_COUNT, healthPort: health.port });
  return { id, healthPort: health.port, stop: () => stop(wired, health), kill: () => kill(wired, health) };
}

/** The parts of a host and what each needs of the others. */
function wire(options: StartHostOptions, id: string, log: Log, metrics: EmfMetrics) {
  const { environment, now, monotonic, random } = options;
  const shardCount = environment.SHARD_COUNT;
  // Renewals have a client of their own: they must not queue behind the requests of five hundred sessions.
  const db = openDb({ leases: environment.TABLE_LEASES }, { requestTimeoutMs: renewalTimeoutMs });
  const loginsMax = () => (renewer.isSlow ? loginsAtOnceWhileSlow : loginsAtOnce);
  const parts = hostParts(options, log, metrics, loginsMax);
  const sqs = pollingClient(shardCount);
  const ring: CommandConsumerOptions["ring"] = (shard, command) => host.ring(shard, command);
  const consumer = new CommandConsumer({ sqs, urlOfShard0: environment.COMMAND_QUEUE_URL, ring, random, log });
  const load = cpuLoad(() => process.cpuUsage(), monotonic);
  const holding = () => ({ sessions: host.connections, waiting: host.waiting, load: load() });
  const onStale = () => host.fence();
  const renewer: LeaseRenewer = new LeaseRenewer({ db, hostId: id, now, monotonic, log, holding, onStale });
  const isFresh = () => renewer.isFresh();
  const host: Host = new Host({ hostId: id, sessionsMax: environment.SESSIONS_MAX, parts, isFresh, consumer });
  const taker = new LeaseTaker({ db, hostId: id, shardCount, holder: host, monotonic, log, isFresh });
  const loop = (name: string, turn: LoopOptions["turn"]) =>
    new Loop({ name, everyMs: sweepEveryMs, log, monotonic, turn });
  const loops = [
    loop("sweep", signal => host.sweep(signal)),
    loop("republish", () => parts.outlet.republishLeftovers(host.heldShards, shardCount)),
    ...protecting(options, host, log),
  ];
  const measuring = new Loop({
    name: "measure",
    everyMs: measureEveryMs,
    log,
    monotonic,
    turn: async signal => {
      const { measure } = metrics;
      measure({ metric: "Load", value: load() });
      if (environment.METRICS_NAMESPACE !== undefined) await measureHost(host, { db: parts.db, measure, now, signal });
      metrics.flush();
    },
  });
  return { hostId: id, db, parts, sqs, consumer, renewer, host, taker, loops, measuring, metrics, monotonic, log };
}

type Wired = ReturnType<typeof wire>;

/** Where ECS runs this host, it is asked to let it live while a phone is being linked. */
function protecting({ environment, monotonic }: StartHostOptions, host: Host, log: Log): Loop[] {
  const { ECS_AGENT_URI: agentUri } = environment;
  if (agentUri === undefined) return [];
  const protection = new TaskProtection({ agentUri, monotonic, log });
  const turn = () => protection.keep(host.sessions.some(({ phase }) => phase === "pairing" || phase === "paired"));
  return [new Loop({ name: "protect", everyMs: protectEveryMs, log, monotonic, turn })];
}

async function stop(wired: Wired, health: HealthServer): Promise<void> {
  const { taker, loops, measuring, metrics, consumer, renewer, parts, sqs } = wired;
  const stopped = Promise.all([...loops, measuring].map(loop => loop.stop()));
  await taker.loop.stop();
  await drainHost(wired);
  await Promise.all([stopped, consumer.stop()]);
  await renewer.stop();
  await parts.outlet.settled();
  metrics.flush();
  await health.close();
  sqs.destroy();
}

async function kill({ taker, loops, measuring, consumer, renewer }: Wired, health: HealthServer): Promise<void> {
  const stopped = [taker.loop, ...loops, measuring].map(loop => loop.stop());
  await Promise.all([renewer.abandon(), ...stopped, consumer.stop(), health.close()]);
}

/** One long poll for each shard held, and room for the deletes beside them. */
function pollingClient(shardCount: number): SQSClient {
  const maxSockets = shardCount + 16;
  const agents = { httpsAgent: { maxSockets }, httpAgent: { maxSockets } };
  return new SQSClient({ requestHandler: { connectionTimeout: 1_000, socketTimeout: 25_000, ...agents } });
}

function hostParts(
  { environment, engine, now, monotonic, random }: StartHostOptions,
  log: Log,
  { measure }: EmfMetrics,
  loginsMax: () => number,
): HostParts {
  const db = openDb(tableNames(tablesOfSocketHost, environment));
  countWrites(db.client, db.table.keys, measure);
  const topic = measuredTopic(snsTopic(environment.EVENT_TOPIC_ARN), measure, now);
  const outlet = new EventOutlet({ topic, db, now, log });
  const dataKeys = kmsDataKeys(environment.ENCRYPTION_KEY_ARN);
  const keyring = sessionKeyring(db, dataKeys);
  const box = secretBox(dataKeys);
  const passkeys = sealedPasskeys(box);
  const proxyRules = { allowLoopback: environment.ALLOW_LOOPBACK_PROXIES };
  const proxyOf = (session: Session) => sessionProxy(box, session, proxyRules);
  const ssm = new SSMClient({ maxAttempts: 2, requestHandler: { connectionTimeout: 1_000, socketTimeout: 2_000 } });
  const parameter = environment.WHATSAPP_VERSION_PARAMETER;
  const present = () => presentVersion(environment.WHATSAPP_VERSION_URL);
  const version = versionSource({ ssm, parameter, present, now, monotonic, log });
  const files = mediaFiles(
    openMediaBucket(environment.MEDIA_BUCKET, { requestTimeoutMs: 30_000 }),
    environment.ALLOW_LOOPBACK_MEDIA,
  );
  const logins = new Slots(loginsMax);
  const fetches = new Slots(() => fetchesAtOnce);
  return {
    db,
    outlet,
    engine,
    keyring,
    files,
    logins,
    fetches,
    version,
    proxyOf,
    passkeys,
    now,
    monotonic,
    random,
    log,
  };
}
