import type { CampaignQueues } from "../campaign-queues.ts";
import type { CommandQueues } from "../command-queues.ts";
import type { DataStack } from "../data-stack.ts";
import type { EventTopic } from "../event-topic.ts";
import type { TableAccess } from "../table-access.ts";
import type { WorkQueue } from "../work-queue.ts";

/** What stands behind the API: each function is granted its part of it. */
export interface Backing {
  readonly data: DataStack;
  readonly commands: CommandQueues;
  readonly shardCount: number;
  readonly topic: EventTopic;
  readonly deliveries: WorkQueue;
  readonly imports: WorkQueue;
  readonly campaigns: CampaignQueues;
}

/** The gateway waits 29 seconds; a customer should not have to. */
export const apiTimeoutSeconds = 15;

/** Every request with a valid key is counted, whatever answers it. */
export const counting: TableAccess = { items: ["UpdateItem"] };

/** First answers are kept under their idempotency key. */
export const keepingAnswers: TableAccess = { items: ["GetItem", "PutItem", "UpdateItem"] };

/** An event is written beside the change it tells of, then confirmed, which may move it to a later place. */
export const writingEvents: TableAccess = { items: ["PutItem", "UpdateItem", "DeleteItem"] };

/** How a function that rings at sessions learns where. */
export function bellVariables({ commands, shardCount }: Pick<Backing, "commands" | "shardCount">): {
  COMMAND_QUEUE_URL: string;
  SHARD_COUNT: string;
} {
  return { COMMAND_QUEUE_URL: commands.urlOfShard0, SHARD_COUNT: String(shardCount) };
}
