import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import type { Assembly, AssemblyResource } from "../../assembly/assembly.ts";
import { AssemblyError } from "../../assembly/assembly-error.ts";
import type { AwsFront } from "../../aws/aws-front.ts";
import type { Functions } from "../../lambda/functions.ts";
import type { FunctionSubscription } from "../../lambda/topic-subscriptions.ts";
import type { AccessKey } from "../ground.ts";
import { corsRulesOf, makeBucket } from "./bucket.ts";
import { deployFiles } from "./deployed-files.ts";
import { makeQueue } from "./queue.ts";
import { makeTable } from "./table.ts";
import { makeSubscription, makeTopic } from "./topic.ts";

/** The runner's own clients, all of which speak to the emulated AWS. */
export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
}

export function openClients(endpoint: string, region: string, credentials: AccessKey): Clients {
  const options = { endpoint, region, credentials };
  return {
    dynamodb: new DynamoDBClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    sns: new SNSClient(options),
    sqs: new SQSClient(options),
  };
}

export function closeClients({ dynamodb, s3, sns, sqs }: Clients): void {
  for (const client of [dynamodb, s3, sns, sqs]) client.destroy();
}

const KeyAlias = z.object({ AliasName: z.string(), TargetKeyId: z.string() });
const Parameter = z.object({ Type: z.enum(["String", "StringList"]).default("String"), Value: z.string() });
const UsagePlan = z.object({
  UsagePlanName: z.string().optional(),
  Throttle: z.object({ RateLimit: z.coerce.number(), BurstLimit: z.coerce.number() }).optional(),
});

/**
 * Makes every resource of the assembly that holds data, each after those it needs. What exists already stays as it is,
 * with its data; a changed attribute is applied where AWS would apply it in place.
 */
export async function provision(
  assembly: Assembly,
  front: AwsFront,
  clients: Clients,
  functions: Functions,
): Promise<readonly FunctionSubscription[]> {
  const subscriptions: FunctionSubscription[] = [];
  for (const resource of assembly.resources) {
    try {
      const subscription = await make(resource, assembly, front, clients, functions);
      if (subscription !== undefined) subscriptions.push(subscription);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AssemblyError(`${resource.stack}/${resource.logicalId} (${resource.type}) cannot be made: ${reason}`, {
        cause,
      });
    }
  }
  return subscriptions;
}

async function make(
  resource: AssemblyResource,
  assembly: Assembly,
  front: AwsFront,
  clients: Clients,
  functions: Functions,
): Promise<FunctionSubscription | undefined> {
  const { type, identity, properties } = resource;
  switch (type) {
    case "AWS::DynamoDB::Table":
      await makeTable(clients.dynamodb, identity.ref, properties);
      return;
    case "AWS::SQS::Queue":
      await makeQueue(clients.sqs, identity.attributes.QueueName ?? "", properties);
      return;
    case "AWS::SNS::Topic":
      await makeTopic(clients.sns, identity.attributes.TopicName ?? "", properties);
      return;
    case "AWS::SNS::Subscription":
      return makeSubscription(clients, resource, functions);
    case "AWS::S3::Bucket":
      await makeBucket(clients.s3, identity.ref);
      front.bucketCors.set(identity.ref, corsRulesOf(properties));
      return;
    case "Custom::CDKBucketDeployment":
      await deployFiles(clients.s3, assembly, properties);
      return;
    default:
      configure(resource, front);
  }
}

function configure({ type, identity, properties }: AssemblyResource, front: AwsFront): void {
  if (type === "AWS::KMS::Key") front.kms.ensureKey(identity.ref);
  if (type === "AWS::KMS::Alias") {
    const { AliasName, TargetKeyId } = KeyAlias.parse(properties);
    front.kms.ensureAlias(AliasName, TargetKeyId.replace(/^.*:key\//, ""));
  }
  if (type === "AWS::SSM::Parameter") {
    const { Type, Value } = Parameter.parse(properties);
    front.parameters.seed(identity.ref, Value, Type);
  }
  if (type === "AWS::ApiGateway::UsagePlan") {
    const { UsagePlanName = identity.ref, Throttle } = UsagePlan.parse(properties);
    const throttle = Throttle && { rateLimit: Throttle.RateLimit, burstLimit: Throttle.BurstLimit };
    front.gatewayKeys.definePlan({ id: identity.ref, name: UsagePlanName, ...(throttle ? { throttle } : {}) });
  }
}
