import * as z from "zod";
import type { Logger } from "../aws/logger.ts";
import type { QueueAccess, QueueMessage } from "../aws/queue-access.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import type { Functions } from "./functions.ts";
import { QueuePoller } from "./queue-poller.ts";

/** A function's subscription to a topic, standing on a queue of its own that only the runner knows. */
export interface FunctionSubscription {
  readonly subscriptionArn: string;
  readonly queueUrl: string;
  readonly definition: FunctionDefinition;
}

const Notification = z.object({
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Subject: z.string().nullish(),
  Timestamp: z.string(),
  Signature: z.string().optional(),
  SignatureVersion: z.string().optional(),
  SigningCertURL: z.string().optional(),
  UnsubscribeURL: z.string().optional(),
  MessageAttributes: z.record(z.string(), z.object({ Type: z.string(), Value: z.string() })).default({}),
});

/** SNS invokes a function once for each notification; one that fails is tried again, as asynchronous invocations are. */
export function startFunctionSubscription(
  subscription: FunctionSubscription,
  queues: QueueAccess,
  functions: Functions,
  log: Logger,
): QueuePoller {
  const { queueUrl, definition } = subscription;
  const deliver = async (message: QueueMessage): Promise<readonly QueueMessage[]> => {
    const event = JSON.stringify(snsEvent(message.Body, subscription.subscriptionArn));
    const { outcome } = await functions.invokeInBackground(definition, event);
    return outcome === "returned" ? [message] : [];
  };
  const handle = async (messages: readonly QueueMessage[]): Promise<readonly QueueMessage[]> =>
    (await Promise.all(messages.map(deliver))).flat();
  const concurrencyMax = functions.concurrencyMax(definition);
  return new QueuePoller(queues, { queueUrl, batchSizeMax: 1, windowMs: 0, concurrencyMax, handle }, log);
}

function snsEvent(body: string, subscriptionArn: string): object {
  const notification = Notification.parse(JSON.parse(body));
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscriptionArn,
        Sns: { Type: "Notification", ...notification, Subject: notification.Subject ?? null },
      },
    ],
  };
}
