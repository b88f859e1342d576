import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import * as z from "zod";
import type { Log } from "../domain/log.ts";

/** A queue message that is no JSON. Says nothing of what it is instead: people's words may stand in it. */
class MessageUnreadable extends Error {
  override readonly name = "MessageUnreadable";
  readonly code = "message_unreadable";
}

/**
 * Reads a batch of queue messages by their schema and works through them at once, each by itself: those that fail come
 * back after the queue's visibility timeout, and in the end to its dead-letter queue, while the others are done with.
 */
export async function eachMessage<S extends z.ZodType>(
  event: SQSEvent,
  schema: S,
  log: Log,
  work: (message: z.output<S>) => Promise<void>,
): Promise<SQSBatchResponse> {
  const settled = await Promise.allSettled(event.Records.map(async ({ body }) => work(read(schema, body))));
  const batchItemFailures = settled.flatMap((result, position) => {
    const itemIdentifier = event.Records[position]?.messageId;
    if (result.status === "fulfilled" || itemIdentifier === undefined) return [];
    log.warn("queue message will be tried again", { queueMessageId: itemIdentifier, error: result.reason });
    return [{ itemIdentifier }];
  });
  return { batchItemFailures };
}

function read<S extends z.ZodType>(schema: S, body: string): z.output<S> {
  return z.parse(schema, jsonOf(body));
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new MessageUnreadable("the queue message is not JSON");
  }
}
