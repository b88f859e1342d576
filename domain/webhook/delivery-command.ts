import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { EventType } from "../event/event.ts";
import { idOf } from "../id.ts";
import type { Delivery } from "./delivery.ts";

const endpoint = { tenantId: idOf("ten"), webhookId: idOf("whk") };

/** Try a delivery now. A doorbell: the row says whether this try is still the one that comes next. */
export const DeliverCommand = z.strictObject({
  type: z.literal("webhook.deliver"),
  ...endpoint,
  deliveryId: idOf("dlv"),
  attempt: z.int().min(1),
  /** It had its place in the line before the endpoint's gate, and was let go on. */
  fromLine: z.boolean().default(false),
});
export type DeliverCommand = z.infer<typeof DeliverCommand>;

/** Send again what happened between two times; `cursor` is how far it has come. */
export const ReplayCommand = z.strictObject({
  type: z.literal("webhook.replay"),
  ...endpoint,
  replayId: z.string(),
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  types: z.array(EventType).nullable(),
  cursor: z.string().nullable(),
});
export type ReplayCommand = z.infer<typeof ReplayCommand>;

/** Let those who wait before an endpoint's gate go on, as far as there is room. `look` says whether this look still counts. */
export const LookCommand = z.strictObject({ type: z.literal("webhook.look"), ...endpoint, look: z.string() });
export type LookCommand = z.infer<typeof LookCommand>;

export const DeliveryCommand = z.discriminatedUnion("type", [DeliverCommand, LookCommand, ReplayCommand]);
export type DeliveryCommand = z.infer<typeof DeliveryCommand>;

type Deliverable = Pick<Delivery, "tenantId" | "webhookId" | "id" | "nextAttempt">;

export function deliverCommand(delivery: Deliverable): DeliverCommand {
  const { tenantId, webhookId, id: deliveryId, nextAttempt: attempt } = delivery;
  return { type: "webhook.deliver", tenantId, webhookId, deliveryId, attempt, fromLine: false };
}

export function lookCommand(endpoint: Pick<LookCommand, "tenantId" | "webhookId">, look: string): LookCommand {
  const { tenantId, webhookId } = endpoint;
  return { type: "webhook.look", tenantId, webhookId, look };
}

/** The longest SQS holds a message back; longer waits are due rows. */
export const queueDelaySecondsMax = 900;

export interface DeliveryQueue {
  send(command: DeliveryCommand, delayMs?: number): Promise<void>;
}

/**
 * The message group makes the queue fair between tenants: one with a backlog does not hold up the others, however many
 * endpoints it is spread over. Between one tenant's endpoints their gates are fair.
 */
export function sqsDeliveryQueue(QueueUrl: string): DeliveryQueue {
  const sqs = new SQSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async send(command, delayMs = 0) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: JSON.stringify(command),
          MessageGroupId: command.tenantId,
          DelaySeconds: Math.min(queueDelaySecondsMax, Math.ceil(delayMs / 1_000)),
        }),
      );
    },
  };
}
