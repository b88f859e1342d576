import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { idOf } from "../id.ts";
import type { PacedSession } from "./pace-row.ts";

/**
 * Look whether a session's next campaign message is due. A doorbell: what is due stands in the session's pace row.
 * `version` is that of the row it was sent for, null where it was rung for another reason.
 */
export const PacerTick = z.strictObject({
  type: z.literal("campaign.pace"),
  tenantId: idOf("ten"),
  sessionId: idOf("ses"),
  version: z.int().min(0).nullable(),
});
export type PacerTick = z.infer<typeof PacerTick>;

/** The longest SQS holds a message back; longer waits are due rows. */
export const queueDelayMsMax = 900_000;

export interface PacerQueue {
  send(tick: PacerTick, delayMs?: number): Promise<void>;
}

/** The message group makes the queue fair between tenants: one with many sessions does not hold up the others. */
export function sqsPacerQueue(QueueUrl: string): PacerQueue {
  const sqs = new SQSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async send(tick, delayMs = 0) {
      const MessageBody = JSON.stringify(tick);
      const DelaySeconds = Math.ceil(Math.min(queueDelayMsMax, Math.max(0, delayMs)) / 1_000);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: tick.tenantId, DelaySeconds }));
    },
  };
}

/** Has the pacer look at a session now: after a campaign of it was put before it with `paceCampaign`. */
export async function ringPacer(queue: PacerQueue, { tenantId, sessionId }: PacedSession): Promise<void> {
  await queue.send({ type: "campaign.pace", tenantId, sessionId, version: null });
}
