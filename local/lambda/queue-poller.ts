import { setTimeout as sleep } from "node:timers/promises";
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Logger } from "../aws/logger.ts";

export interface PolledQueue {
  readonly queueUrl: string;
  readonly batchSizeMax: number;
  /** How long a batch may wait to fill, from its first message. */
  readonly windowMs: number;
  /** How many batches are handled at once. */
  readonly concurrencyMax: number;
  /** Handles a batch and says which messages are done with; the others come back after their visibility timeout. */
  readonly handle: (messages: readonly Message[]) => Promise<readonly Message[]>;
}

// SQS hands out and deletes at most ten messages a call.
const messagesPerCallMax = 10;
const longPollSeconds = 20;
const retryAfterErrorMs = 1_000;

/** Receives from a queue in batches until stopped. */
export class QueuePoller {
  readonly #sqs: SQSClient;
  readonly #queue: PolledQueue;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #loop: Promise<void>;

  constructor(sqs: SQSClient, queue: PolledQueue, log: Logger) {
    this.#sqs = sqs;
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

  async #batch(): Promise<readonly Message[]> {
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

  async #receive(countMax: number, waitSeconds: number): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#queue.queueUrl,
      MaxNumberOfMessages: Math.min(countMax, messagesPerCallMax),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    try {
      const { Messages = [] } = await this.#sqs.send(command, { abortSignal: this.#stopping.signal });
      return Messages;
    } catch (error) {
      if (this.#stopping.signal.aborted) return [];
      this.#log.error("queue could not be read", { queueUrl: this.#queue.queueUrl, error });
      await sleep(retryAfterErrorMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      return [];
    }
  }

  async #handle(batch: readonly Message[]): Promise<void> {
    try {
      await this.#delete(await this.#queue.handle(batch));
    } catch (error) {
      this.#log.error("queue batch could not be finished", { queueUrl: this.#queue.queueUrl, error });
    }
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    for (let at = 0; at < messages.length; at += messagesPerCallMax) {
      const Entries = messages
        .slice(at, at + messagesPerCallMax)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.#queue.queueUrl, Entries }));
    }
  }
}
