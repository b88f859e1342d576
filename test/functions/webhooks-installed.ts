import { lookup } from "node:dns";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { isoTime } from "../../domain/clock.ts";
import type { EventType, WasaasEvent } from "../../domain/event/event.ts";
import { eventRow, putEventRow } from "../../domain/event/log.ts";
import { snsTopic } from "../../domain/event/publisher.ts";
import { type Id, newId } from "../../domain/id.ts";
import { openLog } from "../../domain/log.ts";
import { kmsDataKeys, secretBox } from "../../domain/secret/envelope.ts";
import { type Delivery, newDelivery } from "../../domain/webhook/delivery.ts";
import {
  type DeliverCommand,
  DeliveryCommand,
  deliverCommand,
  sqsDeliveryQueue,
} from "../../domain/webhook/delivery-command.ts";
import { findDelivery } from "../../domain/webhook/delivery-store.ts";
import { newSigningSecret, sealSigningSecret } from "../../domain/webhook/signing-secret.ts";
import { createWebhook, findWebhook } from "../../domain/webhook/store.ts";
import type { Webhook } from "../../domain/webhook/webhook.ts";
import { deliver } from "../../functions/webhook-delivery/deliver.ts";
import type { Delivering } from "../../functions/webhook-delivery/delivering.ts";
import { fanOut } from "../../functions/webhook-fanout/fan-out.ts";
import { type EmulatedAws, emulatedAws } from "../emulated-aws.ts";

/** The webhooks' part of an installation on the emulators, with a clock that tests move. */
export class WebhooksInstalled implements AsyncDisposable {
  readonly aws: EmulatedAws;
  readonly deliveryQueueUrl: string;
  readonly lines: string[] = [];
  /** How far the product's clock is ahead of the real one. */
  aheadMs = 0;
  readonly now = () => Date.now() + this.aheadMs;
  readonly delivering: Delivering;
  #sqs = new SQSClient();

  static async start(): Promise<WebhooksInstalled> {
    return new WebhooksInstalled(await emulatedAws());
  }

  constructor(aws: EmulatedAws) {
    this.aws = aws;
    const { EVENT_TOPIC_ARN = "", ENCRYPTION_KEY_ARN = "", DELIVERY_QUEUE_URL = "" } = aws.environment;
    this.deliveryQueueUrl = DELIVERY_QUEUE_URL;
    this.delivering = {
      db: aws.db,
      queue: sqsDeliveryQueue(DELIVERY_QUEUE_URL),
      topic: snsTopic(EVENT_TOPIC_ARN),
      box: secretBox(kmsDataKeys(ENCRYPTION_KEY_ARN)),
      rules: { allowLoopback: true },
      network: { lookup, deadlineMs: 5_000, now: this.now },
      userAgent: "WASaaS/1.2.3",
      slotsMax: 4,
      now: this.now,
      random: () => 0.5,
      log: openLog({ name: "test", level: "debug", write: line => void this.lines.push(line) }),
    };
  }

  async newWebhook(fields: Partial<Webhook> = {}): Promise<{ webhook: Webhook; secret: string }> {
    const nowMs = this.now();
    const ref = { id: newId("whk", nowMs), tenantId: fields.tenantId ?? newId("ten", nowMs) };
    const secret = newSigningSecret();
    const webhook: Webhook = {
      ...ref,
      url: "http://localhost:1/hook",
      events: ["*"],
      sessionIds: null,
      description: null,
      enabled: true,
      disabledReason: null,
      failingSince: null,
      failures: 0,
      secret: await sealSigningSecret(this.delivering.box, ref, secret),
      previousSecrets: [],
      createdAt: isoTime(nowMs),
      updatedAt: isoTime(nowMs),
      ...fields,
    };
    await createWebhook(this.aws.db, webhook);
    return { webhook, secret };
  }

  newEvent(tenantId: Id<"ten">, type: EventType = "message.received", fields: Partial<WasaasEvent> = {}): WasaasEvent {
    return {
      id: newId("evt", this.now()),
      type,
      createdAt: isoTime(this.now()),
      tenantId,
      sessionId: newId("ses", this.now()),
      sequence: 7,
      metadata: { z: 1, a: "ü" },
      data: { text: "hello 👋", list: [1, { deep: null }] },
      ...fields,
    };
  }

  /** Writes events into the log as their makers do. */
  async logEvent(event: WasaasEvent): Promise<void> {
    const row = putEventRow(this.aws.db, eventRow(event, this.now()));
    await this.aws.db.client.send(new PutCommand({ TableName: row.Put?.TableName, Item: row.Put?.Item }));
  }

  /** Fans an event out, takes its message from the queue, and answers the delivery it began. */
  async begun(webhook: Webhook, event = this.newEvent(webhook.tenantId)): Promise<Delivery> {
    const { db, queue, now } = this.delivering;
    await fanOut({ db, queue, now }, { event, onlyWebhookId: webhook.id });
    const delivery = newDelivery(webhook, event, this.now());
    await this.command(command => command.deliveryId === delivery.id);
    return this.delivery(delivery);
  }

  async delivery(delivery: Delivery): Promise<Delivery> {
    const held = await findDelivery(this.aws.db, delivery);
    if (held === undefined) throw new Error("the delivery is not there");
    return held;
  }

  /** Makes the delivery's next try now. */
  async attempt(delivery: Delivery): Promise<void> {
    await deliver(this.delivering, await this.nextCommand(delivery));
  }

  async webhook(webhook: Webhook): Promise<Webhook> {
    const held = await findWebhook(this.aws.db, webhook.tenantId, webhook.id);
    if (held === undefined) throw new Error("the webhook is not there");
    return held;
  }

  /** The command that a queued message for the delivery's next try carries. */
  async nextCommand(delivery: Delivery): Promise<DeliverCommand> {
    return deliverCommand(await this.delivery(delivery));
  }

  /** Waits on the real queue for a command; others that come are taken and dropped. */
  async command(is: (command: DeliverCommand) => boolean): Promise<DeliverCommand> {
    for (let looks = 0; looks < 20; looks++) {
      for (const body of await this.receive(2)) {
        const command = DeliveryCommand.parse(JSON.parse(body));
        if (command.type === "webhook.deliver" && is(command)) return command;
      }
    }
    throw new Error("no such command came");
  }

  /** The bodies of what is in the queue now, or comes within some seconds. */
  async receive(WaitTimeSeconds = 0): Promise<string[]> {
    const QueueUrl = this.deliveryQueueUrl;
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds }),
    );
    for (const { ReceiptHandle } of Messages) {
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return Messages.map(({ Body = "" }) => Body);
  }

  [Symbol.asyncDispose]() {
    return this.aws[Symbol.asyncDispose]();
  }
}
