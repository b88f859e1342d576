import { mkdir } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { buildApp } from "fauxqs";
// The package exports only a server that listens on every interface and knows no access control. Its stores, which the
// exported buildApp takes, are reached by path: fauxqs is pinned exactly, and nothing listens but our own front.
import { PersistenceManager } from "../../node_modules/fauxqs/dist/persistence.js";
import { S3Store } from "../../node_modules/fauxqs/dist/s3/s3Store.js";
import { SnsStore } from "../../node_modules/fauxqs/dist/sns/snsStore.js";
import { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";
import type { AwsReply } from "./aws-call.ts";
import { type QueueAccess, queueAccess } from "./queue-access.ts";
import { startQueueClock } from "./queue-clock.ts";
import type { SignedRequest } from "./signed-request.ts";

/** The account that fauxqs writes into every ARN; it cannot be told another one. */
export const fauxqsAccountId = "000000000000";

/** The start of the queue URLs that fauxqs keeps, whatever port the front has at this start (SqsStore.buildQueueUrl). */
export function queueUrlBase(region: string): string {
  return `http://sqs.${region}.localhost`;
}

/** The URL that fauxqs keeps a queue under, from any URL of the queue: only its name counts. */
export function canonicalQueueUrl(queueUrl: string, base: string): string {
  return `${base}/${fauxqsAccountId}/${queueNameOf(queueUrl)}`;
}

/** The name of a queue from its URL, whatever host the URL has. */
export function queueNameOf(queueUrl: string): string {
  return queueUrl.split("/").at(-1) ?? queueUrl;
}

/** A file of 100 MB in one presigned upload, and some; fauxqs stops at 11 MiB by itself. */
const bodyLimitBytes = 128 * 1024 * 1024;

export interface Fauxqs {
  /** Answers an SQS, SNS or S3 request without a network hop. */
  handle(request: SignedRequest): Promise<AwsReply>;
  /** The queues as the runner's own pollers read them. */
  readonly queues: QueueAccess;
  /** Ends every long poll at once. */
  wakePollers(): void;
  stop(): Promise<void>;
}

/** SQS, SNS and S3 in this process, every change written through to SQLite in the folder before it is answered. */
export async function openFauxqs(options: { dataDir: string; region: string }): Promise<Fauxqs> {
  await mkdir(options.dataDir, { recursive: true });
  const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  const persistence = new PersistenceManager(options.dataDir);
  outliveProcesses(persistence);
  // Loaded before it is wired in, or loading would write everything back (fauxqs 2.4.1, app.js, startFauxqs).
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  stores.sqsStore.persistence = persistence;
  stores.snsStore.persistence = persistence;
  stores.s3Store.persistence = persistence;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence;
  const app = buildApp({ logger: false, defaultRegion: options.region, stores });
  app.removeContentTypeParser("*");
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: bodyLimitBytes }, (_request, body, done) => {
    done(null, body);
  });
  await app.ready();
  const clock = startQueueClock(stores.sqsStore);
  const base = queueUrlBase(options.region);
  return {
    handle: request => inject(app, request),
    queues: queueAccess(stores.sqsStore, url => canonicalQueueUrl(url, base)),
    wakePollers: () => stores.sqsStore.shutdown(),
    stop: async () => {
      clock.stop();
      await app.close();
      persistence.close();
    },
  };
}

/**
 * Has SQLite leave the moment of writing to the disk to the operating system, as the tables' store does: what was
 * answered outlives every `kill -9`, and no message stops the whole process for the disk's sake. Only a power cut can
 * take the last moments (sqlite.org/pragma.html#pragma_synchronous, NORMAL with a write-ahead log).
 */
function outliveProcesses(persistence: PersistenceManager): void {
  const database: unknown = Reflect.get(persistence, "db");
  if (!(database instanceof DatabaseSync)) throw new Error("fauxqs keeps its database elsewhere than 2.4.1 did");
  database.exec("PRAGMA synchronous = NORMAL");
}

async function inject(app: ReturnType<typeof buildApp>, request: SignedRequest): Promise<AwsReply> {
  const { host: _host, "content-length": _length, "transfer-encoding": _encoding, ...headers } = request.headers;
  const response = await app.inject({
    method: methodOf(request.method),
    url: request.query === "" ? request.path : `${request.path}?${request.query}`,
    headers: { ...headers, host: "localhost" },
    payload: request.body,
  });
  const answered = Object.entries(response.headers).flatMap(([name, value]) =>
    value === undefined || name === "connection" || name === "transfer-encoding" ? [] : [[name, String(value)]],
  );
  return { status: response.statusCode, headers: Object.fromEntries(answered), body: response.rawPayload };
}

function methodOf(method: string): "DELETE" | "GET" | "HEAD" | "POST" | "PUT" {
  switch (method) {
    case "DELETE":
    case "GET":
    case "HEAD":
    case "POST":
    case "PUT":
      return method;
    default:
      throw new Error(`fauxqs has nothing for ${method}`);
  }
}
