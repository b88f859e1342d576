import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { queueNameOf } from "../fauxqs.ts";
import type { Authorization, Partition } from "./authorization.ts";

const Input = z.object({ QueueUrl: z.string().optional(), QueueName: z.string().optional() });

/** A batch needs the permission of its single operation; there is none of its own (service authorization reference, SQS). */
export function sqsAuthorizations(operation: string, input: JsonObject, where: Partition): readonly Authorization[] {
  const { QueueUrl, QueueName } = Input.parse(input);
  const name = QueueUrl === undefined ? QueueName : queueNameOf(QueueUrl);
  const resource = name === undefined ? "*" : `arn:aws:sqs:${where.region}:${where.accountId}:${name}`;
  return [{ action: `sqs:${operation.replace(/Batch$/, "")}`, resource }];
}
