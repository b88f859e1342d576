import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { Command } from "../domain/command/command.ts";
import { queueUrlOfShard } from "../domain/command/shard.ts";
import type { Log } from "../domain/log.ts";
import { type BackoffRange, backoffMs } from "./backoff.ts";
import { pause } from "./loop.ts";

export interface CommandConsumerOptions {
  readonly sqs: SQSClient;
  readonly urlOfShard0: string;
  /** Rings the session; has nothing to answer, since the outbox is the truth. */
  ring(shard: number, command: Command): void;
  readonly random: () => number;
  readonly log: Log;
}

const waitSeconds = 20;
const receiveMax = 10;
const outageBackoff: BackoffRange = { baseMs: 500, capMs: 30_000 };

/**
 * Listens at the queues of the shards that are held: one long poll each, which ends at once when the shard goes.
 * Commands are deleted on receipt. SQS being out of reach only makes doorbells late: the sweep finds the work.
 */
export class CommandConsumer {
  readonly #options: CommandConsumerOptions;
  readonly #polls = new Map<number, { stop: AbortController; done: Promise<void> }>();

  constructor(options: CommandConsumerOptions) {
    this.#options = options;
  }

  listen(shard: number): void {
    if (this.#polls.has(shard)) return;
    const stop = new AbortController();
    this.#polls.set(shard, { stop, done: this.#poll(shard, stop.signal) });
  }

  ignore(shard: number): void {
    this.#polls.get(shard)?.stop.abort();
    this.#polls.delete(shard);
  }

  async stop(): Promise<void> {
    const polls = [...this.#polls.values()];
    this.#polls.clear();
    for (const { stop } of polls) stop.abort();
    await Promise.all(polls.map(poll => poll.done));
  }

  async #poll(shard: number, signal: AbortSignal): Promise<void> {
    const { log, random } = this.#options;
    const QueueUrl = queueUrlOfShard(this.#options.urlOfShard0, shard);
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#receive(shard, QueueUrl, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        log.warn("commands not received, it will be tried again", { shard, failures, error });
        await pause(backoffMs(failures, outageBackoff, random), [signal]);
      }
    }
  }

  async #receive(shard: number, QueueUrl: string, abortSignal: AbortSignal): Promise<void> {
    const { sqs } = this.#options;
    const request = { QueueUrl, MaxNumberOfMessages: receiveMax, WaitTimeSeconds: waitSeconds };
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand(request), { abortSignal });
    for (const message of messages) this.#ring(shard, message);
    const Entries = messages.map(({ ReceiptHandle }, place) => ({ Id: String(place), ReceiptHandle }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }

  #ring(shard: number, { Body, MessageId }: Message): void {
    const { ring, log } = this.#options;
    try {
      ring(shard, Command.parse(JSON.parse(Body ?? "")));
    } catch (error) {
      // Nobody of ours wrote it; deleted with the others, or it would come back for days.
      log.warn("command is not one", { shard, messageId: MessageId, error });
    }
  }
}
