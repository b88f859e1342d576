import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../aws/logger.ts";
import type { QueueAccess, QueueMessage } from "../aws/queue-access.ts";

export interface PolledQueue {
  readonly queueUrl: string;
  readonly batchSizeMax: number;
  /** How long a batch may wait to fill, from its first message. */
  readonly windowMs: number;
  /** How many batches are handled at once. */
  readonly concurrencyMax: number;
  /** Handles a batch and says which messages are done with; the others come back after their visibility timeout. */
  readonly handle: (messages: readonly QueueMessage[]) => Promise<readonly QueueMessage[]>;
}

// SQS hands out and deletes at most ten messages a call.
const messagesPerCallMax = 10;
const longPollSeconds = 20;
const retryAfterErrorMs = 1_000;

/** Receives from a queue in batches until stopped. */
export class QueuePoller {
  readonly #queues: QueueAccess;
  readonly #queue: PolledQueue;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #loop: Promise<void>;

  constructor(queues: QueueAccess, queue: PolledQueue, log: Logger) {
    this.#queues = queues;
    this.#queue = queue;
    this.#log = log;
    this.#loop = this.#run();
  }

  /** Receives nothing more, and waits for the batches under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.all(this.#underWay);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (this.#underWay.size >= this.#queue.concurrencyMax) await Promise.race(this.#underWay);
      const batch = await this.#batch();
      if (batch.length === 0) continue;
      const handling = this.#handle(batch).finally(() => this.#underWay.delete(handling));
      this.#underWay.add(handling);
    }
  }

  async #batch(): Promise<readonly QueueMessage[]> {
    const { batchSizeMax, windowMs } = this.#queue;
    const batch = await this.#receive(batchSizeMax, longPollSeconds);
    if (batch.length === 0 || windowMs === 0) return batch;
    const untilMs = Date.now() + windowMs;
    const all = [...batch];
    while (all.length < batchSizeMax && Date.now() < untilMs && !this.#stopping.signal.aborted) {
      all.push(...(await this.#receive(batchSizeMax - all.length, 1)));
    }
    return all;
  }

  async #receive(countMax: number, waitSeconds: number): Promise<readonly QueueMessage[]> {
    try {
      return await this.#queues.receive(this.#queue.queueUrl, {
        max: Math.min(countMax, messagesPerCallMax),
        waitSeconds,
        signal: this.#stopping.signal,
      });
    } catch (error) {
      if (this.#stopping.signal.aborted) return [];
      this.#log.error("queue could not be read", { queueUrl: this.#queue.queueUrl, error });
      await sleep(retryAfterErrorMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      return [];
    }
  }

  async #handle(batch: readonly QueueMessage[]): Promise<void> {
    try {
      this.#remove(await this.#queue.handle(batch));
    } catch (error) {
      this.#log.error("queue batch could not be finished", { queueUrl: this.#queue.queueUrl, error });
    }
  }

  #remove(messages: readonly QueueMessage[]): void {
    for (let at = 0; at < messages.length; at += messagesPerCallMax) {
      const some = messages.slice(at, at + messagesPerCallMax);
      this.#queues.remove(
        this.#queue.queueUrl,
        some.map(({ ReceiptHandle }) => ReceiptHandle),
      );
    }
  }
}
