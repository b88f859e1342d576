import * as z from "zod";
// See fauxqs.ts for why these are reached by path.
import { deleteMessageBatch } from "../../node_modules/fauxqs/dist/sqs/actions/deleteMessageBatch.js";
import { receiveMessage } from "../../node_modules/fauxqs/dist/sqs/actions/receiveMessage.js";
import type { SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";

/** One received message, in the shape of SQS's ReceiveMessage. */
export const QueueMessage = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  MD5OfBody: z.string(),
  Body: z.string(),
  Attributes: z.record(z.string(), z.string()).optional(),
  MessageAttributes: z
    .record(
      z.string(),
      z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
    )
    .optional(),
});
export type QueueMessage = z.infer<typeof QueueMessage>;

/** A queue as the runner itself reads it, on behalf of Lambda: no request is made, signed and checked for it. */
export interface QueueAccess {
  /**
   * At most `max` messages (1 to 10); waits up to `waitSeconds` for the first. Answers none once the signal aborts, and
   * what was received all the same becomes visible again.
   */
  receive(
    queueUrl: string,
    options: { readonly max: number; readonly waitSeconds: number; readonly signal: AbortSignal },
  ): Promise<readonly QueueMessage[]>;
  /** Deletes messages by their receipt handles, at most ten. */
  remove(queueUrl: string, receiptHandles: readonly string[]): void;
}

const Received = z.object({ Messages: z.array(QueueMessage).default([]) });

/** `canonicalUrl` names the queue as fauxqs keeps it. */
export function queueAccess(store: SqsStore, canonicalUrl: (queueUrl: string) => string): QueueAccess {
  const receive = async (QueueUrl: string, max: number, waitSeconds: number, signal: AbortSignal) => {
    const body = {
      QueueUrl,
      MaxNumberOfMessages: max,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    };
    const { Messages } = Received.parse(await receiveMessage(body, store));
    if (!signal.aborted) return Messages;
    for (const { ReceiptHandle } of Messages) store.getQueue(QueueUrl)?.changeVisibility(ReceiptHandle, 1);
    return [];
  };
  return {
    receive: (queueUrl, { max, waitSeconds, signal }) =>
      unlessAborted(receive(canonicalUrl(queueUrl), max, waitSeconds, signal), signal),
    remove: (queueUrl, receiptHandles) => {
      const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      deleteMessageBatch({ QueueUrl: canonicalUrl(queueUrl), Entries }, store);
    },
  };
}

async function unlessAborted(
  receiving: Promise<readonly QueueMessage[]>,
  signal: AbortSignal,
): Promise<readonly QueueMessage[]> {
  if (signal.aborted) return [];
  const aborted = Promise.withResolvers<readonly QueueMessage[]>();
  const giveUp = () => aborted.resolve([]);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([receiving, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
