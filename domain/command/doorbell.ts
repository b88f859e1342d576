import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Command } from "./command.ts";
import { queueUrlOfShard } from "./shard.ts";

export interface Doorbell {
  /** Rings at the session's shard. May fail: what was accepted is in the outbox, and its owner looks there anyway. */
  ring(shard: number, command: Command): Promise<void>;
}

export function sqsDoorbell(urlOfShard0: string): Doorbell {
  const sqs = new SQSClient({ maxAttempts: 2, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async ring(shard, command) {
      const QueueUrl = queueUrlOfShard(urlOfShard0, shard);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(command) }));
    },
  };
}
