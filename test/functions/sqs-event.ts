import type { SQSEvent, SQSRecord } from "aws-lambda";

/** A batch of queue messages as Lambda gets it, with the ids message-0, message-1 and so on. */
export function sqsEvent(bodies: readonly string[]): SQSEvent {
  return { Records: bodies.map((body, position) => ({ messageId: `message-${position}`, body }) as SQSRecord) };
}
