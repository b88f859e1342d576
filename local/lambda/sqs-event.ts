import * as z from "zod";
import type { QueueMessage } from "../aws/queue-access.ts";

/** The event that an event source mapping hands to a function for a batch of messages. */
export function sqsEvent(messages: readonly QueueMessage[], queueArn: string): object {
  return {
    Records: messages.map(message => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, attributeOf(value)]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: "aws:sqs",
      eventSourceARN: queueArn,
      awsRegion: queueArn.split(":")[3],
    })),
  };
}

function attributeOf(value: NonNullable<QueueMessage["MessageAttributes"]>[string]): object {
  return {
    ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
    ...(value.BinaryValue === undefined ? {} : { binaryValue: value.BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: value.DataType,
  };
}

const BatchAnswer = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable();

/**
 * The messages that a function has dealt with, by its answer under ReportBatchItemFailures: all but the named ones;
 * none where the answer is malformed or names a message that is not in the batch, as Lambda does.
 */
export function succeededMessages<M extends Pick<QueueMessage, "MessageId">>(
  messages: readonly M[],
  payload: string,
): readonly M[] {
  const answer = BatchAnswer.safeParse(JSON.parse(payload));
  if (!answer.success) return [];
  const failed = new Set((answer.data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(messages.map(({ MessageId }) => MessageId));
  if (![...failed].every(id => known.has(id))) return [];
  return messages.filter(({ MessageId }) => !failed.has(MessageId));
}
