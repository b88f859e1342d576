import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import * as z from "zod";

const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const QueueProperties = z.object({
  ContentBasedDeduplication: Text.optional(),
  DelaySeconds: Text.optional(),
  FifoQueue: Text.optional(),
  MaximumMessageSize: Text.optional(),
  MessageRetentionPeriod: Text.optional(),
  ReceiveMessageWaitTimeSeconds: Text.optional(),
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() }).optional(),
  VisibilityTimeout: Text.optional(),
});

/** Makes the queue, or gives an existing one the attributes of the template. */
export async function makeQueue(
  sqs: SQSClient,
  QueueName: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { RedrivePolicy, FifoQueue, ...plain } = QueueProperties.parse(properties);
  const Attributes = {
    ...plain,
    ...(RedrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
  };
  const QueueUrl = await queueUrl(sqs, QueueName);
  if (QueueUrl === undefined) {
    const all = FifoQueue === "true" ? { ...Attributes, FifoQueue } : Attributes;
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes: all }));
  } else if (Object.keys(Attributes).length > 0) {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }
}

async function queueUrl(sqs: SQSClient, QueueName: string): Promise<string | undefined> {
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}
