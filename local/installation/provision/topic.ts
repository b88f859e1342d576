import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import type { AssemblyResource } from "../../assembly/assembly.ts";
import { AssemblyError } from "../../assembly/assembly-error.ts";
import type { Functions } from "../../lambda/functions.ts";
import type { FunctionSubscription } from "../../lambda/topic-subscriptions.ts";
import { makeQueue } from "./queue.ts";

const SubscriptionProperties = z.object({
  Endpoint: z.string(),
  FilterPolicy: z.record(z.string(), z.unknown()).optional(),
  FilterPolicyScope: z.string().optional(),
  Protocol: z.enum(["sqs", "lambda"]),
  RawMessageDelivery: z.coerce.boolean().optional(),
  TopicArn: z.string(),
});
type SubscriptionProperties = z.infer<typeof SubscriptionProperties>;

export async function makeTopic(
  sns: SNSClient,
  Name: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const fifo = properties.FifoTopic === true ? { Attributes: { FifoTopic: "true" } } : {};
  await sns.send(new CreateTopicCommand({ Name, ...fifo }));
}

/**
 * Makes a subscription. A function's stands on a hidden queue of its own, so that a notification survives a crash and a
 * failed invocation is tried again: three times in all, as asynchronous invocations are on AWS.
 */
export async function makeSubscription(
  { sns, sqs }: { readonly sns: SNSClient; readonly sqs: SQSClient },
  resource: AssemblyResource,
  functions: Functions,
): Promise<FunctionSubscription | undefined> {
  const properties = SubscriptionProperties.parse(resource.properties);
  if (properties.Protocol === "sqs") {
    await subscribe(sns, properties, properties.Endpoint);
    return undefined;
  }
  const definition = functions.find(properties.Endpoint);
  if (definition === undefined) {
    throw new AssemblyError(`${resource.stack}/${resource.logicalId} subscribes no function of the app`);
  }
  const [, , , region, accountId] = properties.TopicArn.split(":");
  const queueName = `sns-to-function-${resource.logicalId}`.slice(0, 80);
  const queueArn = `arn:aws:sqs:${region}:${accountId}:${queueName}`;
  const lostName = "sns-to-function-failed";
  await makeQueue(sqs, lostName, {});
  await makeQueue(sqs, queueName, {
    VisibilityTimeout: 60,
    RedrivePolicy: { deadLetterTargetArn: `arn:aws:sqs:${region}:${accountId}:${lostName}`, maxReceiveCount: 3 },
  });
  const subscriptionArn = await subscribe(sns, properties, queueArn);
  const queueUrl = `${await endpointOf(sqs)}/${accountId}/${queueName}`;
  return { subscriptionArn, queueUrl, definition };
}

async function subscribe(sns: SNSClient, properties: SubscriptionProperties, Endpoint: string): Promise<string> {
  const { TopicArn, RawMessageDelivery, FilterPolicy, FilterPolicyScope } = properties;
  const Attributes = {
    RawMessageDelivery: String(RawMessageDelivery ?? false),
    ...(FilterPolicyScope === undefined ? {} : { FilterPolicyScope }),
    FilterPolicy: JSON.stringify(FilterPolicy ?? {}),
  };
  const existing = await findSubscription(sns, TopicArn, Endpoint);
  if (existing === undefined) {
    const { SubscriptionArn = "" } = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint, Attributes, ReturnSubscriptionArn: true }),
    );
    return SubscriptionArn;
  }
  for (const [AttributeName, AttributeValue] of Object.entries(Attributes)) {
    await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: existing, AttributeName, AttributeValue }));
  }
  return existing;
}

async function findSubscription(sns: SNSClient, TopicArn: string, endpoint: string): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }));
    const found = (page.Subscriptions ?? []).find(({ Endpoint }) => Endpoint === endpoint);
    if (found !== undefined) return found.SubscriptionArn;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}

async function endpointOf(sqs: SQSClient): Promise<string> {
  const endpoint = await sqs.config.endpoint?.();
  if (endpoint === undefined) throw new Error("the SQS client has no endpoint of its own");
  return `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}`;
}
