import { mkdir } from "node:fs/promises";
import * as z from "zod";
import { type AwsCall, type AwsReply, type AwsService, type Caller, onceParsed } from "./aws-call.ts";
import { AwsError, badSignature, errorReply, unknownAccessKey } from "./aws-error.ts";
import { BucketCors } from "./bucket-cors.ts";
import { type Credentials, openCredentials } from "./credentials.ts";
import { openDynamoDb } from "./dynamodb/dynamodb-api.ts";
import { ecsService } from "./ecs-api.ts";
import type { EcsControl } from "./ecs-control.ts";
import { fauxqsAccountId, openFauxqs } from "./fauxqs.ts";
import { startFrontServer } from "./front-server.ts";
import { gatewayControl } from "./gateway-control.ts";
import { GatewayKeyStore } from "./gateway-key-store.ts";
import type { PolicyStatement } from "./iam/policy.ts";
import { type Intercept, intercepted, type Observe, seen } from "./intercept.ts";
import { kmsService } from "./kms.ts";
import { KmsKeys } from "./kms-keys.ts";
import type { Logger } from "./logger.ts";
import { type DeniedCall, PermissionCheck } from "./permission-check.ts";
import type { QueueAccess } from "./queue-access.ts";
import { queueService } from "./queue-service.ts";
import { s3Service } from "./s3-service.ts";
import { operationOf } from "./service-of-request.ts";
import { signatureClaimOf, verifySignature } from "./signature.ts";
import type { SignedRequest } from "./signed-request.ts";
import { ssmService } from "./ssm.ts";
import { SsmParameters } from "./ssm-parameters.ts";
import { stsService } from "./sts.ts";
import { topicService } from "./topic-service.ts";

export interface AwsFrontOptions {
  /** Everything durable lives below it, and survives `kill -9`. */
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly region: string;
  /** `fauxqsAccountId`, for fauxqs knows no other. */
  readonly accountId: string;
  /** Whose access key it is; `undefined` where nobody has it. */
  callerOf(accessKeyId: string): Caller | undefined;
  /** The identity policies of a role: inline, attached and managed ones, without intrinsic functions. */
  policyOf(roleName: string): readonly PolicyStatement[];
  readonly ecs: EcsControl;
  readonly log: Logger;
  /** Faults for tests: asked before each call. */
  readonly intercept?: Intercept | undefined;
  readonly observe?: Observe | undefined;
  readonly now?: () => number;
  /** How often expired items are looked for; every second unless told. */
  readonly timeToLiveSweepMs?: number;
}

export interface AwsFront {
  readonly url: string;
  /** All usable by an SDK client with any registered access key. */
  readonly endpoints: { readonly dynamodb: string; readonly sqs: string; readonly sns: string; readonly s3: string };
  readonly queues: QueueAccess;
  readonly gatewayKeys: GatewayKeyStore;
  readonly kms: KmsKeys;
  readonly parameters: SsmParameters;
  readonly bucketCors: BucketCors;
  /** Every call that a policy refused since the start. */
  readonly denied: readonly DeniedCall[];
  stop(): Promise<void>;
}

/**
 * One HTTP server on loopback that every AWS SDK call of functions, socket hosts and the runner reaches through
 * AWS_ENDPOINT_URL. It finds out who signed the request, verifies the signature, asks the caller's policies and hands
 * the call to the emulated service.
 */
export async function startAwsFront(options: AwsFrontOptions): Promise<AwsFront> {
  if (options.accountId !== fauxqsAccountId) {
    throw new Error(`the account id must be ${fauxqsAccountId}: fauxqs writes it into every queue's and topic's ARN`);
  }
  const { dataDir, region, accountId, log } = options;
  const now = options.now ?? Date.now;
  const where = { region, accountId };
  await mkdir(dataDir, { recursive: true });
  const credentials = openCredentials(dataDir);
  const kmsKeys = new KmsKeys(dataDir, now);
  const parameters = new SsmParameters(dataDir, now);
  const gatewayKeys = new GatewayKeyStore(dataDir, now);
  const sweepIntervalMs = options.timeToLiveSweepMs ?? 1_000;
  const dynamodb = await openDynamoDb({ dataDir, region, accountId, now, sweepIntervalMs, log });
  const fauxqs = await openFauxqs({ dataDir: `${dataDir}/fauxqs`, region });
  const kms = kmsService(kmsKeys, where);
  const keyNames = dynamodb.keyNames;
  const permissions = new PermissionCheck({ where, policyOf: options.policyOf, keyNames, kms, now, log });
  const services = new Map<string, AwsService>([
    ["dynamodb", dynamodb],
    ["sqs", queueService(fauxqs, region, () => server.url)],
    ["sns", topicService(fauxqs)],
    ["s3", s3Service(fauxqs, permissions)],
    ["kms", kms],
    ["ssm", ssmService(parameters, where)],
    ["apigateway", gatewayControl(gatewayKeys)],
    ["ecs", ecsService(options.ecs, where)],
    ["sts", stsService(accountId)],
  ]);
  const bucketCors = new BucketCors();
  const front = new Front({ ...options, now }, credentials, services, permissions, bucketCors);
  const server = await startFrontServer({
    port: options.port,
    handle: (request, hangUp) => front.handle(request, hangUp),
    onFailure: error => log.error("answer of an emulated aws call not sent", { error }),
  });
  return {
    url: server.url,
    endpoints: { dynamodb: server.url, sqs: server.url, sns: server.url, s3: server.url },
    queues: fauxqs.queues,
    gatewayKeys,
    kms: kmsKeys,
    parameters,
    bucketCors,
    denied: permissions.denied,
    stop: async () => {
      await server.stop(() => fauxqs.wakePollers());
      await fauxqs.stop();
      dynamodb.stop();
    },
  };
}

class Front {
  readonly #options: AwsFrontOptions & { readonly now: () => number };
  readonly #credentials: Credentials;
  readonly #services: ReadonlyMap<string, AwsService>;
  readonly #permissions: PermissionCheck;
  readonly #bucketCors: BucketCors;
  readonly #warned = new Set<string>();

  constructor(
    options: AwsFrontOptions & { readonly now: () => number },
    credentials: Credentials,
    services: ReadonlyMap<string, AwsService>,
    permissions: PermissionCheck,
    bucketCors: BucketCors,
  ) {
    this.#options = options;
    this.#credentials = credentials;
    this.#services = services;
    this.#permissions = permissions;
    this.#bucketCors = bucketCors;
  }

  /** The answer to a request; an error is an answer too. */
  async handle(request: SignedRequest, hangUp: AbortSignal): Promise<AwsReply> {
    const { service, reply } = await this.#reply(request, hangUp);
    return service === "s3" ? this.#bucketCors.answered(request, reply) : reply;
  }

  async #reply(request: SignedRequest, hangUp: AbortSignal): Promise<{ service: string; reply: AwsReply }> {
    let service = "s3";
    try {
      // A browser asks so before it sends what was presigned, and signs nothing.
      if (request.method === "OPTIONS") return { service, reply: this.#bucketCors.preflight(request) };
      const claim = signatureClaimOf(request);
      // Only S3 is asked without credentials by a browser or curl, so that its error suits them.
      if (claim === undefined)
        throw new AwsError("AccessDenied", "Access Denied: the request is not signed", { status: 403 });
      service = claim.service;
      const { region, now } = this.#options;
      const caller = this.#options.callerOf(claim.accessKeyId);
      if (caller === undefined) throw unknownAccessKey(service);
      const secret = this.#credentials.secretOf(claim.accessKeyId);
      const fault = verifySignature(request, claim, { secret, region, nowMs: now() });
      if (fault !== undefined) throw badSignature(service, fault);
      return { service, reply: await this.#answer(service, request, caller, hangUp) };
    } catch (error) {
      return { service, reply: errorReply(service, this.#asAwsError(error, service), request.method) };
    }
  }

  async #answer(service: string, request: SignedRequest, caller: Caller, hangUp: AbortSignal): Promise<AwsReply> {
    const emulated = this.#services.get(service);
    const operation = operationOf(service, request);
    if (emulated === undefined || operation === undefined) {
      throw new AwsError("UnknownOperationException", `${service} ${operation ?? request.method} is not emulated here`);
    }
    const call: AwsCall = { service, operation, caller, request, input: onceParsed(request.body), hangUp };
    return intercepted(this.#options.intercept, call, async () => {
      this.#permissions.require(call);
      const reply = await emulated.answer(call);
      if (reply.status < 300) this.#options.observe?.(seen(call), request.body);
      return reply;
    });
  }

  #asAwsError(error: unknown, service: string): AwsError {
    if (error instanceof AwsError) {
      if (error.code === "UnknownOperationException") this.#warnOnce(error.message);
      return error;
    }
    if (error instanceof z.ZodError)
      return new AwsError("ValidationException", z.prettifyError(error), { cause: error });
    if (error instanceof SyntaxError || error instanceof URIError) {
      return new AwsError("SerializationException", "The request cannot be read", { cause: error });
    }
    this.#options.log.error("emulated aws call failed", { service, error });
    return new AwsError("InternalFailure", "The emulated service failed", { status: 500, cause: error });
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#options.log.warn("aws operation is not emulated", { operation: message });
  }
}
