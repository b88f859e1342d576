import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Log } from "../domain/log.ts";

/**
 * Works through a batch of queue messages at once, each by itself: those that fail come back after the queue's
 * visibility timeout, and in the end to its dead-letter queue, while the others are done with.
 */
export async function eachMessage(
  event: SQSEvent,
  log: Log,
  work: (body: string) => Promise<void>,
): Promise<SQSBatchResponse> {
  const settled = await Promise.allSettled(event.Records.map(record => work(record.body)));
  const batchItemFailures = settled.flatMap((result, position) => {
    const itemIdentifier = event.Records[position]?.messageId;
    if (result.status === "fulfilled" || itemIdentifier === undefined) return [];
    log.warn("queue message will be tried again", { queueMessageId: itemIdentifier, error: result.reason });
    return [{ itemIdentifier }];
  });
  return { batchItemFailures };
}
