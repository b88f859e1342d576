import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { AssemblyError } from "../assembly/assembly-error.ts";
import type { Logger } from "../aws/logger.ts";
import type { QueueAccess } from "../aws/queue-access.ts";
import type { Functions } from "./functions.ts";
import { type PolledQueue, QueuePoller } from "./queue-poller.ts";
import { sqsEvent, succeededMessages } from "./sqs-event.ts";

const MappingProperties = z.object({
  BatchSize: z.coerce.number().default(10),
  Enabled: z.coerce.boolean().default(true),
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).default([]),
  MaximumBatchingWindowInSeconds: z.coerce.number().default(0),
  ScalingConfig: z.object({ MaximumConcurrency: z.coerce.number() }).optional(),
});

// Lambda itself would go on to a thousand.
const concurrencyUnlessTold = 1_000;

/** Starts a poller for each SQS event source mapping of the template. */
export function startEventSourceMappings(
  assembly: Assembly,
  queues: QueueAccess,
  functions: Functions,
  log: Logger,
): readonly QueuePoller[] {
  return assembly
    .ofType("AWS::Lambda::EventSourceMapping")
    .filter(({ properties }) => properties.Enabled !== false)
    .map(resource => new QueuePoller(queues, mappedQueue(assembly, resource, functions), log));
}

function mappedQueue(assembly: Assembly, resource: AssemblyResource, functions: Functions): PolledQueue {
  const mapping = MappingProperties.parse(resource.properties);
  const queue = assembly.find("AWS::SQS::Queue", mapping.EventSourceArn);
  const definition = functions.find(mapping.FunctionName);
  if (queue === undefined || definition === undefined) {
    throw new AssemblyError(
      `${resource.stack}/${resource.logicalId} does not map an SQS queue to a function of the app`,
    );
  }
  const reportsFailures = mapping.FunctionResponseTypes.length > 0;
  return {
    queueUrl: queue.identity.ref,
    batchSizeMax: mapping.BatchSize,
    windowMs: mapping.MaximumBatchingWindowInSeconds * 1000,
    // Never more than can run: a message that waits for an environment would outlive its visibility timeout.
    concurrencyMax: Math.min(
      mapping.ScalingConfig?.MaximumConcurrency ?? concurrencyUnlessTold,
      functions.concurrencyMax(definition),
    ),
    handle: async messages => {
      const event = JSON.stringify(sqsEvent(messages, mapping.EventSourceArn));
      const result = await functions.invokeInBackground(definition, event);
      if (result.outcome !== "returned") return [];
      return reportsFailures ? succeededMessages(messages, result.payload) : messages;
    },
  };
}
