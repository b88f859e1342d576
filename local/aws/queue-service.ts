import * as z from "zod";
import type { AwsCall, AwsReply, AwsService, JsonObject } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";
import { canonicalQueueUrl, type Fauxqs, queueUrlBase } from "./fauxqs.ts";

const Body = z.record(z.string(), z.unknown());
const Received = z.object({ Messages: z.array(z.object({ ReceiptHandle: z.string() })).default([]) });

const answersUrls = new Set(["CreateQueue", "GetQueueUrl", "ListQueues"]);

/**
 * SQS: fauxqs behind queue URLs that always name the front. fauxqs keeps the URL that a queue was made with; callers
 * see this start's address and may use any address, because only the queue's name counts.
 */
export function queueService(fauxqs: Fauxqs, region: string, frontUrl: () => string): AwsService {
  const base = queueUrlBase(region);
  return {
    answer: async call => {
      const input = call.input();
      const reply = await send(fauxqs, call, call.operation, rewritten(call.operation, input, base));
      if (call.operation === "ReceiveMessage" && call.hangUp.aborted)
        await putBack(fauxqs, call, canonicalQueueUrl(String(input.QueueUrl), base), reply);
      if (reply.status === 400 && reply.body.includes("com.amazonaws.sqs#InvalidAction")) {
        throw new AwsError("UnknownOperationException", `SQS ${call.operation} is not emulated here`);
      }
      if (!answersUrls.has(call.operation)) return reply;
      return { ...reply, body: reply.body.toString().replaceAll(base, frontUrl()) };
    },
  };
}

function send(fauxqs: Fauxqs, call: AwsCall, operation: string, input: JsonObject): Promise<AwsReply> {
  const headers = {
    ...call.request.headers,
    "x-amz-target": `AmazonSQS.${operation}`,
    "content-type": "application/x-amz-json-1.0",
  };
  return fauxqs.handle({ ...call.request, headers, body: Buffer.from(JSON.stringify(input)) });
}

function rewritten(operation: string, input: JsonObject, base: string): JsonObject {
  const url = typeof input.QueueUrl === "string" ? { QueueUrl: canonicalQueueUrl(input.QueueUrl, base) } : {};
  if (operation === "ChangeMessageVisibility") return { ...input, ...url, ...visible(input) };
  if (operation === "ChangeMessageVisibilityBatch" && Array.isArray(input.Entries)) {
    const entries = z.array(Body).parse(input.Entries);
    return { ...input, ...url, Entries: entries.map(entry => ({ ...entry, ...visible(entry) })) };
  }
  return { ...input, ...url };
}

/**
 * fauxqs 2.4.1 with a data folder loses a message whose visibility timeout is set to 0 (NOT NULL constraint on
 * approximate_receive_count), so that it comes back after a second here instead of at once.
 */
function visible(input: JsonObject): JsonObject {
  return input.VisibilityTimeout === 0 ? { VisibilityTimeout: 1 } : {};
}

/** Messages that were received for a caller that is gone become visible again, instead of after their whole timeout. */
async function putBack(fauxqs: Fauxqs, call: AwsCall, QueueUrl: string, reply: AwsReply): Promise<void> {
  if (reply.status !== 200) return;
  for (const { ReceiptHandle } of Received.parse(JSON.parse(reply.body.toString())).Messages) {
    await send(fauxqs, call, "ChangeMessageVisibility", { QueueUrl, ReceiptHandle, VisibilityTimeout: 1 });
  }
}
