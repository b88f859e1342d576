import * as z from "zod";
import { isoTime } from "../clock.ts";
import { EventType, type WasaasEvent } from "../event/event.ts";
import { derivedId, idOf } from "../id.ts";
import { Attempt } from "./attempt.ts";
import type { WebhookRef } from "./webhook.ts";

export const DeliveryStatus = z.enum(["pending", "delivered", "failed"]).meta({ id: "WebhookDeliveryStatus" });
export type DeliveryStatus = z.infer<typeof DeliveryStatus>;

/**
 * One event on its way to one endpoint, as it is stored. `body` is the exact text that is signed and sent, the same
 * on every try. A round is twelve tries; redelivering or replaying begins another. `nextAttempt` numbers the try
 * that comes next over all rounds: a queued message for any other number is out of date.
 */
export const Delivery = z.object({
  id: idOf("dlv"),
  tenantId: idOf("ten"),
  webhookId: idOf("whk"),
  eventId: idOf("evt"),
  eventType: EventType,
  body: z.string(),
  status: DeliveryStatus,
  nextAttempt: z.int().min(1),
  roundStart: z.int().min(1),
  attempts: z.array(Attempt),
  nextAttemptAt: z.iso.datetime().nullable(),
  /** The replay that began the present round, so that repeating a step of the replay repeats no delivery. */
  replayId: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;
/** What finds a stored delivery. */
export const DeliveryRef = Delivery.pick({ id: true, tenantId: true, webhookId: true });
export type DeliveryRef = z.infer<typeof DeliveryRef>;

/** Tries kept on a delivery: all of two rounds and some redeliveries. */
export const attemptsKept = 40;
export const attemptRetentionDays = 30;
export const excerptRetentionDays = 7;

/** A delivery that is to begin now. Its id comes from the event and the endpoint: saying it again makes no second one. */
export function newDelivery(webhook: WebhookRef, event: WasaasEvent, nowMs: number): Delivery {
  return {
    id: derivedId("dlv", [event.id, webhook.id], Date.parse(event.createdAt)),
    tenantId: webhook.tenantId,
    webhookId: webhook.id,
    eventId: event.id,
    eventType: event.type,
    body: JSON.stringify(event),
    status: "pending",
    nextAttempt: 1,
    roundStart: 1,
    attempts: [],
    nextAttemptAt: isoTime(nowMs),
    replayId: null,
  };
}

/** Which try of its round a delivery's next one is, from 1. */
export function tryOfRound(delivery: Pick<Delivery, "nextAttempt" | "roundStart">): number {
  return delivery.nextAttempt - delivery.roundStart + 1;
}

/** Whether no try of the present round has been made. */
export function isUntried(delivery: Pick<Delivery, "status" | "nextAttempt" | "roundStart">): boolean {
  return delivery.status === "pending" && tryOfRound(delivery) === 1;
}

const PublicAttempt = Attempt.omit({ number: true }).extend({ responseExcerpt: z.string().nullable() });

/** A delivery as customers see it. */
export const PublicDelivery = Delivery.pick({ id: true, eventId: true, eventType: true, status: true })
  .extend({ attempts: z.array(PublicAttempt), nextAttemptAt: z.iso.datetime().nullable() })
  .meta({ id: "WebhookDelivery" });
export type PublicDelivery = z.infer<typeof PublicDelivery>;

/** `excerptOf` answers the beginning of a try's response, by the try's number, where it is still kept. */
export function publicDelivery(
  delivery: Omit<Delivery, "body">,
  excerptOf: (attempt: number) => string | undefined,
): PublicDelivery {
  const attempts = delivery.attempts.map(attempt => ({
    ...attempt,
    responseExcerpt: excerptOf(attempt.number) ?? null,
  }));
  return PublicDelivery.parse({ ...delivery, attempts });
}
