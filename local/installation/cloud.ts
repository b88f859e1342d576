import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type Assembly, loadAssembly } from "../assembly/assembly.ts";
import { ignoredProperties } from "../assembly/support/ignored-properties.ts";
import { type AwsFront, startAwsFront } from "../aws/aws-front.ts";
import { openCredentials } from "../aws/credentials.ts";
import { fauxqsAccountId } from "../aws/fauxqs.ts";
import type { Logger } from "../aws/logger.ts";
import { FargateService } from "../ecs/fargate-service.ts";
import { serviceDefinitions } from "../ecs/service-definition.ts";
import { Services } from "../ecs/services.ts";
import { startTaskMetadata } from "../ecs/task-metadata.ts";
import { startEventSourceMappings } from "../lambda/event-source-mappings.ts";
import { functionDefinitions } from "../lambda/function-definition.ts";
import { Functions } from "../lambda/functions.ts";
import { Schedules, type SchedulesOptions } from "../lambda/schedules.ts";
import { startFunctionSubscription } from "../lambda/topic-subscriptions.ts";
import { Closing } from "./closing.ts";
import { type FrontDoor, openFrontDoor } from "./front-door.ts";
import { missingPermissions } from "./missing-permissions.ts";
import { logOutput } from "./output-lines.ts";
import { LocalPrincipals } from "./principals.ts";
import { closeClients, openClients, provision } from "./provision/provision.ts";
import { functionVariables, taskVariables } from "./runtime-variables.ts";

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
  /** Tasks of each service; the template's own count unless told. */
  readonly desiredCount?: number;
  /** Told whenever a task started or ended. */
  readonly onHosts: (hosts: Services["hosts"]) => void;
  /** Aborted as soon as the process is told to stop: a task that ends after that is not replaced. */
  readonly ending: AbortSignal;
  readonly log: Logger;
  readonly now: () => number;
}

export interface Cloud {
  readonly ports: { readonly edge: number; readonly api: number; readonly aws: number };
  /** The REST API's own address with its stage. */
  readonly adminUrl: string;
  readonly operator: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly front: AwsFront;
  readonly functions: Functions;
  readonly hosts: Services["hosts"];
  /** Drains and ends everything, in at most about eight seconds. */
  stop(): Promise<void>;
  /** Ends everything at once, as a crash would. */
  kill(): void;
}

// Together they stay well below the ten seconds that a stop may take.
const requestGraceMs = 2_000;
const taskGraceMs = 5_000;
const invocationGraceMs = 1_500;

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
  const { dataDir, log, now, ports } = options;
  const door = await openFrontDoor({ ports, log });
  closing.add(() => door.close(requestGraceMs));
  const services = new Services();
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
  });
  closing.add(() => front.stop());
  const edgeHost = `127.0.0.1:${door.ports.edge}`;
  const assembly = await loadAssembly(options.assemblyDir, { region, accountId, awsUrl: front.url, edgeHost });
  reportIgnored(assembly, log);
  principals = new LocalPrincipals(assembly);
  reportMissingPermissions(assembly, principals, log);
  const { functions, secretOf } = await startFunctions(assembly, principals, front, options, closing);
  const { adminUrl } = await openDoor(door, assembly, principals, functions, front, secretOf, options, closing);
  const running = await startTasks(assembly, principals, services, front, secretOf, options);
  // New requests are refused while the tasks drain; those under way still find everything they need.
  closing.add(async () => {
    await Promise.all([door.close(requestGraceMs), running.close()]);
  });
  return {
    ports: { ...door.ports, aws: Number(new URL(front.url).port) },
    adminUrl,
    operator: {
      accessKeyId: principals.operatorAccessKeyId,
      secretAccessKey: secretOf(principals.operatorAccessKeyId),
    },
    front,
    functions,
    get hosts() {
      return services.hosts;
    },
    stop: () => closing.close(),
    kill: () => running.kill(),
  };
}

function reportIgnored(assembly: Assembly, log: Logger): void {
  for (const { type, property, resources } of ignoredProperties(assembly.resources)) {
    if (property === undefined) log.warn("resource type has no effect here", { type, resources });
    else log.warn("property has no effect here", { type, property, resources });
  }
}

function reportMissingPermissions(assembly: Assembly, principals: LocalPrincipals, log: Logger): void {
  const functions = functionDefinitions(assembly);
  const missing = missingPermissions({ assembly, functions, policyOf: name => principals.policyOf(name) });
  for (const permission of missing) log.warn("permission is missing on aws", { permission });
}

async function startFunctions(
  assembly: Assembly,
  principals: LocalPrincipals,
  front: AwsFront,
  { dataDir, functionAdditions, log, now }: CloudOptions,
  closing: Closing,
): Promise<{ functions: Functions; secretOf: (accessKeyId: string) => string }> {
  const { secretOf } = openCredentials(dataDir);
  const credentialsOf = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: secretOf(accessKeyId) });
  const functions = new Functions({
    definitions: functionDefinitions(assembly),
    variablesOf: definition => ({
      ...functionVariables(definition, assembly.place, credentialsOf(principals.accessKeyOf(definition.roleName))),
      ...functionAdditions,
    }),
    onOutput: (definition, stream) => logOutput(stream, definition.name, log),
    log,
    now,
  });
  const clients = openClients(front.url, region, credentialsOf(principals.runnerAccessKeyId));
  closing.add(async () => closeClients(clients));
  const subscriptions = await provision(assembly, front, clients, functions);
  const pollers = [
    ...startEventSourceMappings(assembly, clients.sqs, functions, log),
    ...subscriptions.map(one => startFunctionSubscription(one, clients.sqs, functions, log)),
  ];
  const schedules = new Schedules({ assembly, callTarget: targetCaller(assembly, functions, clients.sqs), log, now });
  // Whoever feeds the functions stops while they still run, and they end whoever would take too long.
  closing.add(async () => {
    const fed = Promise.all([...pollers.map(poller => poller.stop()), schedules.stop()]);
    await functions.close(invocationGraceMs);
    await fed;
  });
  return { functions, secretOf };
}

function targetCaller(assembly: Assembly, functions: Functions, sqs: SQSClient): SchedulesOptions["callTarget"] {
  return async (targetArn, event) => {
    const definition = functions.find(targetArn);
    // A function that fails is logged where it is invoked; its next turn comes with the next tick.
    if (definition !== undefined) await functions.invoke(definition, event);
    const queue = assembly.find("AWS::SQS::Queue", targetArn);
    if (queue !== undefined) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.identity.ref, MessageBody: event }));
    }
  };
}

async function openDoor(
  door: FrontDoor,
  assembly: Assembly,
  principals: LocalPrincipals,
  functions: Functions,
  front: AwsFront,
  secretOf: (accessKeyId: string) => string,
  { log, now }: CloudOptions,
  closing: Closing,
): Promise<{ adminUrl: string }> {
  const clients = openClients(front.url, region, {
    accessKeyId: principals.runnerAccessKeyId,
    secretAccessKey: secretOf(principals.runnerAccessKeyId),
  });
  closing.add(async () => closeClients(clients));
  const { callerOf, policyOf } = principals;
  return door.serve({
    assembly,
    functions,
    s3: clients.s3,
    api: {
      region,
      accountId,
      principals: { callerOf: callerOf.bind(principals), policyOf: policyOf.bind(principals), secretOf },
      usagePlans: front.gatewayKeys,
      log,
      now,
    },
  });
}

async function startTasks(
  assembly: Assembly,
  principals: LocalPrincipals,
  services: Services,
  front: AwsFront,
  secretOf: (accessKeyId: string) => string,
  { desiredCount, taskAdditions, onHosts, ending, log }: CloudOptions,
): Promise<{ close(): Promise<void>; kill(): void }> {
  const closing = new Closing();
  const started: FargateService[] = [];
  for (const definition of await serviceDefinitions(assembly)) {
    const metadata = await startTaskMetadata(assembly.place, definition, log);
    closing.add(() => metadata.close(0));
    const accessKeyId = principals.accessKeyOf(definition.taskRoleName ?? "");
    const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
    const environmentOf = (taskId: string) => ({
      ...taskVariables(definition, assembly.place, credentials, name => front.parameters.get(name)?.value),
      ECS_CONTAINER_METADATA_URI_V4: metadata.uriOf(taskId),
      ...taskAdditions,
    });
    const service = new FargateService({
      definition,
      desiredCount: desiredCount ?? definition.desiredCount,
      environmentOf,
      onOutput: (taskId, stream) => logOutput(stream, `task ${taskId.slice(0, 8)}`, log),
      onChange: () => onHosts(services.hosts),
      ending,
      log,
    });
    started.push(service);
  }
  services.set(started);
  for (const service of started) service.reconcile();
  return {
    close: async () => {
      await Promise.all(started.map(service => service.close(taskGraceMs)));
      await closing.close();
    },
    kill: () => {
      for (const service of started) service.kill();
    },
  };
}
