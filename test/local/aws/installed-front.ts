import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AwsFront, type AwsFrontOptions, startAwsFront } from "../../../local/aws/aws-front.ts";
import { openCredentials } from "../../../local/aws/credentials.ts";
import type { EcsControl } from "../../../local/aws/ecs-control.ts";
import { PolicyStatement } from "../../../local/aws/iam/policy.ts";
import type { Logger } from "../../../local/aws/logger.ts";

export const region = "eu-west-1";
export const accountId = "000000000000";
const runnerKey = "AKIALOCALRUNNER";

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function recordingLogger(lines: LoggedLine[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, fields });
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const noTasks: EcsControl = {
  describe: async () => undefined,
  update: async () => undefined,
  listTasks: async () => [],
  describeTasks: async () => [],
  protect: async () => [],
  protection: async () => [],
};

/** A front over a folder of its own, with roles whose policies a test writes down. */
export interface InstalledFront {
  readonly front: AwsFront;
  readonly dataDir: string;
  readonly lines: LoggedLine[];
  /** Client configuration of the runner, who may do everything. */
  readonly runner: ClientConfiguration;
  /** Client configuration of a role with these policies. */
  role(name: string, ...statements: object[]): ClientConfiguration;
  /** Stops the front and starts another over the same folder. */
  restart(): Promise<AwsFront>;
  remove(): Promise<void>;
}

export interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

export async function installFront(options: Partial<AwsFrontOptions> = {}): Promise<InstalledFront> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "aws-front-")));
  const policies = new Map<string, PolicyStatement[]>();
  const lines: LoggedLine[] = [];
  const start = () =>
    startAwsFront({
      dataDir,
      port: 0,
      region,
      accountId,
      callerOf: accessKeyId => {
        if (accessKeyId === runnerKey) return { kind: "runner" };
        const roleName = accessKeyId.replace(/^ASIA-/, "");
        return policies.has(roleName) ? { kind: "role", roleName } : undefined;
      },
      policyOf: roleName => policies.get(roleName) ?? [],
      ecs: noTasks,
      log: recordingLogger(lines),
      ...options,
    });
  const secrets = openCredentials(dataDir);
  let front = await start();
  const configuration = (accessKeyId: string): ClientConfiguration => ({
    get endpoint() {
      return front.url;
    },
    region,
    credentials: { accessKeyId, secretAccessKey: secrets.secretOf(accessKeyId) },
    maxAttempts: 1,
  });
  return {
    get front() {
      return front;
    },
    dataDir,
    lines,
    get runner() {
      return configuration(runnerKey);
    },
    role(name, ...statements) {
      policies.set(
        name,
        statements.map(statement => PolicyStatement.parse(statement)),
      );
      return configuration(`ASIA-${name}`);
    },
    async restart() {
      await front.stop();
      front = await start();
      return front;
    },
    async remove() {
      await front.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The name and status of what a call throws, or `undefined` when it does not. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; status: number } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode ?? 0 };
  }
}
